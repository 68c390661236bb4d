import type { ArgumentParser } from 'argparse';

interface ModelArguments {
  /** Whether `-t` is required, and its help text. */
  task: { required: boolean; help: string };
  /** Help text of `-tr`. */
  trainer: { help: string };
  /** What the command does with the folds, for example 'average'. */
  foldsTo: string;
  /** Help text of `-m` for a command that chooses the configuration if none is given. Default: -m is 3d_fullres. */
  configuration?: string;
}

/** Help text of `-m` for commands that predict with the best of what is trained. */
export const PREDICTED_CONFIGURATION =
  '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: the only trained one; of several, the best one found by ' +
  'nnUNet_find_best_configuration, otherwise 3d_fullres)';

/** Adds the arguments that select a trained model: `-t`, `-m`, `-tr`, `-p`, `-f` and `-chk`. */
export function addModelArguments(
  parser: ArgumentParser,
  { task, trainer, foldsTo, configuration }: ModelArguments,
): void {
  parser.add_argument('-t', '--task_name', { metavar: 'TASK', ...task });
  parser.add_argument('-tr', '--trainer_class_name', { metavar: 'CLASS', ...trainer });
  parser.add_argument('-m', '--model', {
    metavar: 'CONFIGURATION',
    help:
      configuration ??
      '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: 3d_fullres; of nnU-Net v2, the only one installed)',
  });
  parser.add_argument('-p', '--plans_identifier', {
    metavar: 'PLANS',
    help: 'plans identifier (default: nnUNetPlansv2.1; of nnU-Net v2, the only one installed)',
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
