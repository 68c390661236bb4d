import type { ArgumentParser } from 'argparse';

/** Adds the options that select trained models: trainer, trainer of the cascade, plans. */
export function addTrainerOptions(parser: ArgumentParser, cascade: '-ctr' | '-trc'): void {
  parser.add_argument('-tr', {
    default: 'nnUNetTrainerV2',
    metavar: 'CLASS',
    help: 'trainer of all configurations except the cascade (default: %(default)s)',
  });
  parser.add_argument(cascade, {
    default: 'nnUNetTrainerV2CascadeFullRes',
    metavar: 'CLASS',
    help: 'trainer of 3d_cascade_fullres (default: %(default)s)',
  });
  parser.add_argument('-pl', {
    default: 'nnUNetPlansv2.1',
    metavar: 'PLANS',
    help: 'plans identifier (default: %(default)s)',
  });
}
