import { availableParallelism } from 'node:os';
import { resolveRoots } from '@nnunet/dataset';
import { isNnUNetError } from '@nnunet/errors';
import { fileError } from '@nnunet/tensor/node';
import { ArgumentParser } from 'argparse';
import type { Command } from './command.ts';
import { slurmJob } from './slurm-job.ts';
import { TerminalReporter } from './terminal-reporter.ts';

/** Commands are loaded when they are called, so that `-h` answers at once. */
const commands: Record<string, () => Promise<{ command: Command }>> = {
  nnUNet_convert_decathlon_task: () => import('./commands/convert-decathlon-task.ts'),
  nnUNet_import_images: () => import('./commands/import-images.ts'),
  nnUNet_plan_and_preprocess: () => import('./commands/plan-and-preprocess.ts'),
  nnUNet_train: () => import('./commands/train.ts'),
  nnUNet_train_DP: () => import('./commands/train-dp.ts'),
  nnUNet_train_DDP: () => import('./commands/train-ddp.ts'),
  nnUNet_predict: () => import('./commands/predict.ts'),
  nnUNet_evaluate_folder: () => import('./commands/evaluate-folder.ts'),
  nnUNet_generate_dataset_json: () => import('./commands/generate-dataset-json.ts'),
  nnUNet_splits: () => import('./commands/splits.ts'),
  nnUNet_plot_task_pngs: () => import('./commands/plot-task-pngs.ts'),
  nnUNet_repair_dataset: () => import('./commands/repair-dataset.ts'),
  nnUNet_explain_plans: () => import('./commands/explain-plans.ts'),
  nnUNet_ensemble: () => import('./commands/ensemble.ts'),
  nnUNet_determine_postprocessing: () => import('./commands/determine-postprocessing.ts'),
  nnUNet_find_best_configuration: () => import('./commands/find-best-configuration.ts'),
  nnUNet_export_model_to_zip: () => import('./commands/export-model-to-zip.ts'),
  nnUNet_install_pretrained_model_from_zip: () => import('./commands/install-pretrained-model-from-zip.ts'),
  nnUNet_print_available_pretrained_models: () => import('./commands/print-available-pretrained-models.ts'),
  nnUNet_print_pretrained_model_info: () => import('./commands/print-pretrained-model-info.ts'),
  nnUNet_download_pretrained_model: () => import('./commands/download-pretrained-model.ts'),
  nnUNet_download_pretrained_model_by_url: () => import('./commands/download-pretrained-model-by-url.ts'),
  nnUNet_change_trainer_class: () => import('./commands/change-trainer-class.ts'),
  nnUNet_export_onnx: () => import('./commands/export-onnx.ts'),
};

/** Names of all commands. */
export const commandNames = Object.keys(commands);

/**
 * Runs a command as a program: parses its arguments, calls its function, prints. Exit code 0 after success, 2 for wrong
 * usage, 1 for anything else, 130 and 143 after SIGINT and SIGTERM. An error is a sentence on standard error, never a
 * stack trace (set nnUNet_debug=1 to see one).
 */
export async function main(name: string, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { command } = await commands[name]!();
  const parser = new ArgumentParser({ prog: name, description: command.description });
  command.define(parser);
  parser.add_argument('--root', {
    metavar: 'DIR',
    help:
      'folder that holds everything: stands for nnUNet_raw_data_base=DIR/nnUNet_raw_data_base, ' +
      'nnUNet_preprocessed=DIR/nnUNet_preprocessed and RESULTS_FOLDER=DIR/nnUNet_results, and wins over these variables',
  });
  const args = parser.parse_args([...argv]);
  const { identifyJob } = await import('@nnunet/dataset/node');
  identifyJob(slurmJob(process.env));

  const reporter = new TerminalReporter(process.stderr);
  const abort = new AbortController();
  let signalled: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled !== undefined) process.exit(exitCodeOf(signal));
    signalled = signal;
    reporter.message(`${signal} received: stopping (once more stops at once)`);
    abort.abort(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  try {
    await command.run(args, {
      roots: resolveRoots({ root: args.root, env: process.env }),
      reporter,
      signal: abort.signal,
      print: (line) => {
        reporter.close();
        process.stdout.write(`${line}\n`);
      },
      defaultWorkers: positiveInteger(process.env.nnUNet_def_n_proc) ?? Math.max(1, availableParallelism()),
      augmentationWorkers: positiveInteger(process.env.nnUNet_n_proc_DA),
    });
    if (signalled !== undefined) process.exitCode = exitCodeOf(signalled);
  } catch (error) {
    reporter.close();
    if (signalled !== undefined) {
      process.exitCode = exitCodeOf(signalled);
      // What is thrown for being stopped says nothing new; that something could not be saved does.
      if (isNnUNetError(error) && error.tag !== 'loader-stopped')
        process.stderr.write(`${name}: error: ${error.message}\n`);
      return;
    }
    const usage = isNnUNetError(error, 'usage');
    if (usage) process.stderr.write(parser.format_usage());
    process.stderr.write(`${name}: error: ${describe(error)}\n`);
    if (process.env.nnUNet_debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    process.exitCode = usage ? 2 : 1;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return signal === 'SIGINT' ? 130 : 143;
}

function describe(error: unknown): string {
  const known = isNnUNetError(error) ? error : ofFileSystem(error);
  if (known !== null) return known.message;
  const text = error instanceof Error ? error.message : String(error);
  return `${text}\n  This was not foreseen: please report it, with the output of the same command under nnUNet_debug=1.`;
}

/** A bare error of the file system as one that names the file and what to do; null for any other. */
function ofFileSystem(error: unknown): Error | null {
  const path = (error as NodeJS.ErrnoException | null)?.path;
  if (path === undefined) return null;
  const found = fileError(error, path);
  return isNnUNetError(found) ? found : null;
}

function positiveInteger(variable: string | undefined): number | undefined {
  const wanted = Number(variable);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : undefined;
}
