import type { ArgumentParser } from 'argparse';

interface ModelArguments {
  /** What is said of `-t`; it is required unless this says otherwise. */
  task: { required: boolean; help: string };
  /** Default of `-tr`, and what is said of it. */
  trainer: { default?: string; help: string };
  /** What happens to the folds, e.g. 'average'. */
  foldsTo: string;
}

/** The arguments that name a trained model: `-t`, `-m`, `-tr`, `-p`, `-f` and `-chk`. */
export function addModelArguments(parser: ArgumentParser, { task, trainer, foldsTo }: ModelArguments): void {
  parser.add_argument('-t', '--task_name', { metavar: 'TASK', ...task });
  parser.add_argument('-tr', '--trainer_class_name', { metavar: 'CLASS', ...trainer });
  parser.add_argument('-m', '--model', {
    default: '3d_fullres',
    metavar: 'CONFIGURATION',
    help: '2d, 3d_lowres, 3d_fullres or 3d_cascade_fullres (default: %(default)s)',
  });
  parser.add_argument('-p', '--plans_identifier', {
    default: 'nnUNetPlansv2.1',
    metavar: 'PLANS',
    help: 'plans identifier (default: %(default)s)',
  });
  parser.add_argument('-f', '--folds', {
    nargs: '+',
    metavar: 'FOLD',
    help: `folds to ${foldsTo}, or all (default: every fold that was trained)`,
  });
  parser.add_argument('-chk', {
    default: 'model_final_checkpoint',
    metavar: 'NAME',
    help: 'checkpoint (default: %(default)s)',
  });
}
