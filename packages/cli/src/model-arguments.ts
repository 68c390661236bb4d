import type { ArgumentParser } from 'argparse';

interface ModelArguments {
  /** Whether `-t` is required, and its help text. */
  task: { required: boolean; help: string };
  /** Default of `-tr`, and its help text. */
  trainer: { default?: string; help: string };
  /** What the command does with the folds, for example 'average'. */
  foldsTo: string;
  /** Help text of `-m` for a command that chooses the configuration if none is given. Default: -m is 3d_fullres. */
  configuration?: string;
}

/** Adds the arguments that select a trained model: `-t`, `-m`, `-tr`, `-p`, `-f` and `-chk`. */
export function addModelArguments(
  parser: ArgumentParser,
  { task, trainer, foldsTo, configuration }: ModelArguments,
): void {
  parser.add_argument('-t', '--task_name', { metavar: 'TASK', ...task });
  parser.add_argument('-tr', '--trainer_class_name', { metavar: 'CLASS', ...trainer });
  parser.add_argument('-m', '--model', {
    default: configuration === undefined ? '3d_fullres' : undefined,
    metavar: 'CONFIGURATION',
    help: configuration ?? '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: %(default)s)',
  });
  parser.add_argument('-p', '--plans_identifier', {
    default: 'nnUNetPlansv2.1',
    metavar: 'PLANS',
    help: 'plans identifier (default: %(default)s)',
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
