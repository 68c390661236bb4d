import { usageError } from '@nnunet/errors';
import type { ArgumentParser } from 'argparse';
import type { Arguments, CommandContext } from './command.ts';

interface ModelArguments {
  /** Whether `-t` is required, and its help text. */
  task: { required: boolean; help: string };
  /** Help text of `-tr`. */
  trainer: { help: string };
  /** What the command does with the folds, for example 'average'. */
  foldsTo: string;
  /** Help text of `-m` for a command that chooses the configuration if none is given. Default: -m is 3d_fullres. */
  configuration?: string;
  /** Whether models of nnU-Net v2 can be selected. Default: true. */
  ofV2?: boolean;
}

/** Help text of `-m` for commands that predict with the best of what is trained. */
export const PREDICTED_CONFIGURATION =
  '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: the only trained one; of several, the best one found by ' +
  'nnUNet_find_best_configuration, otherwise 3d_fullres)';

/** Adds the arguments that select a trained model: `-t`, `-m`, `-tr`, `-p`, `-f` and `-chk`. */
export function addModelArguments(
  parser: ArgumentParser,
  { task, trainer, foldsTo, configuration, ofV2 = true }: ModelArguments,
): void {
  const otherwise = ofV2 ? '; otherwise the only one installed' : '';
  parser.add_argument('-t', '--task_name', { metavar: 'TASK', ...task });
  parser.add_argument('-tr', '--trainer_class_name', { metavar: 'CLASS', ...trainer });
  parser.add_argument('-m', '--model', {
    metavar: 'CONFIGURATION',
    help:
      configuration ??
      `2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: 3d_fullres${ofV2 ? '; of nnU-Net v2, the only one installed' : ''})`,
  });
  parser.add_argument('-p', '--plans_identifier', {
    metavar: 'PLANS',
    help: `plans identifier (default: nnUNetPlansv2.1${otherwise})`,
  });
  parser.add_argument('-f', '--folds', {
    nargs: '+',
    metavar: 'FOLD',
    help: `folds to ${foldsTo}, or all (default: all trained folds)`,
  });
  parser.add_argument('-chk', {
    default: 'model_final_checkpoint',
    metavar: 'NAME',
    help: 'name of the checkpoint (default: %(default)s)',
  });
}

/** The arguments of {@link addModelArguments} but the task, as options of functions. */
export const modelOptions = (args: Arguments) => ({
  configuration: args.model as string | undefined,
  trainer: args.trainer_class_name as string | undefined,
  plansIdentifier: args.plans_identifier as string | undefined,
  folds: args.folds as string[] | undefined,
  checkpoint: args.chk as string,
});

/** @throws NnUNetError 'usage' if a task is given beside a model folder */
export function requireOneModel({ task_name: task, model_folder: folder }: Arguments): void {
  if (task === undefined || folder === undefined) return;
  throw usageError({ what: 'both a model folder and a task were given', remedy: 'Give -t or --model_folder.' });
}

/**
 * Finds the model that the arguments of {@link addModelArguments} select, with the best configuration if none is given.
 *
 * @throws NnUNetError 'usage' without a task; the errors of `trainedModelFolder`
 */
export async function chosenModel(
  args: Arguments,
  { roots, reporter }: CommandContext,
): Promise<{ name: string; folder: string }> {
  if (args.task_name === undefined)
    throw usageError({ what: 'no model was given', remedy: 'Give -t, or --model_folder for any trained model.' });
  const { trainedConfiguration, trainedModelFolder } = await import('@nnunet/pipeline/internal');
  const { resolveTrainedTask } = await import('@nnunet/store/internal');
  const task = await resolveTrainedTask(args.task_name, roots);
  const { trainer_class_name: trainer, plans_identifier: plans } = args;
  const configuration = args.model ?? (await trainedConfiguration(roots, { task, trainer, plans }, reporter));
  return { name: task, folder: await trainedModelFolder(roots, { task, configuration, trainer, plans }) };
}
