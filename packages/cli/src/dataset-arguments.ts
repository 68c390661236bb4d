import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';
import { addPluginOption, pluginsOf } from './plugin-option.ts';
import { AS_IN_V2, withoutProgress } from './prediction-arguments-v2.ts';

/** Adds the options that all commands on datasets of v2 have. */
export function addDatasetOptions(parser: ArgumentParser): void {
  parser.add_argument('-d', {
    nargs: '+',
    required: true,
    metavar: 'DATASET',
    help: 'ids or names of datasets, such as 4 or Dataset004_Hippocampus',
  });
}

/** Adds options of messages, and `--plugin`. */
export function addReportingOptions(parser: ArgumentParser): void {
  parser.add_argument('--verbose', { action: 'store_true', help: AS_IN_V2 });
  parser.add_argument('--no_pbar', { action: 'store_true', help: 'do not show progress' });
  addPluginOption(parser);
}

/** Adds the options of the fingerprint. `workers`: the flag for the number of threads. */
export function addFingerprintOptions(parser: ArgumentParser, workers: string): void {
  parser.add_argument('-fpe', {
    default: 'DatasetFingerprintExtractor',
    choices: ['DatasetFingerprintExtractor'],
    help: 'class that extracts the fingerprint; there is only one',
  });
  parser.add_argument(workers, {
    type: 'int',
    metavar: 'N',
    help: 'number of threads that extract the fingerprint (default: all cores)',
  });
  parser.add_argument('--verify_dataset_integrity', {
    action: 'store_true',
    help: 'read every file first and list all faults of the dataset; recommended once for every new dataset',
  });
  parser.add_argument('--clean', {
    action: 'store_true',
    help: 'extract the fingerprint again even if there is one of the same data',
  });
}

/** Adds the options of the planner. */
export function addPlanOptions(parser: ArgumentParser): void {
  parser.add_argument('-pl', {
    default: 'ExperimentPlanner',
    metavar: 'CLASS',
    help:
      'planner (default: %(default)s); nnUNetPlannerResEncM, nnUNetPlannerResEncL and nnUNetPlannerResEncXL plan the residual ' +
      'encoders that v2 recommends',
  });
  parser.add_argument('-gpu_memory_target', {
    type: 'float',
    metavar: 'GB',
    help: 'GPU memory to plan for (default: that of the planner); give the plans a name of their own with -overwrite_plans_name',
  });
  parser.add_argument('-preprocessor_name', {
    default: 'DefaultPreprocessor',
    metavar: 'CLASS',
    help: 'preprocessor written into the plans (default: %(default)s)',
  });
  parser.add_argument('-overwrite_target_spacing', {
    nargs: 3,
    type: 'float',
    metavar: 'MM',
    help: 'spacing of all full resolution data in mm, (z, y, x), also of 2d (default: chosen from the fingerprint)',
  });
  parser.add_argument('-overwrite_plans_name', {
    metavar: 'NAME',
    help: 'name of the plans and of the prepared data (default: that of the planner, such as nnUNetPlans)',
  });
}

/** Adds the options of preprocessing. */
export function addPreprocessOptions(parser: ArgumentParser): void {
  parser.add_argument('-c', {
    nargs: '+',
    metavar: 'CONFIG',
    help: 'configurations to prepare; those that the plans lack are skipped (default: 2d 3d_fullres 3d_lowres)',
  });
  parser.add_argument('-np', {
    nargs: '+',
    type: 'int',
    metavar: 'N',
    help: 'number of threads that prepare cases: one for all configurations or one for each (default: all cores)',
  });
}

/** The options that all functions on datasets of v2 take. */
export async function datasetOptions(args: Arguments, { roots, reporter, signal }: CommandContext) {
  const { loadExtensions } = await import('@nnunet/pipeline');
  return {
    roots,
    datasets: args.d as string[],
    variables: process.env,
    extensions: await loadExtensions(pluginsOf(args)),
    reporter: args.no_pbar ? withoutProgress(reporter) : reporter,
    signal,
  };
}

export const planOptions = (args: Arguments) => ({
  planner: args.pl as string,
  gpuMemoryTarget: args.gpu_memory_target as number | undefined,
  preprocessorName: args.preprocessor_name as string,
  targetSpacing: args.overwrite_target_spacing as number[] | undefined,
  plansName: args.overwrite_plans_name as string | undefined,
});

export const preprocessOptions = (args: Arguments, { defaultWorkers }: CommandContext) => ({
  configurations: args.c as string[] | undefined,
  workers: (args.np as number[] | undefined) ?? [defaultWorkers],
});
