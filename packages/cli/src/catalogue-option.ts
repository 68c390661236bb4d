import type { ArgumentParser } from 'argparse';

/** Adds `--catalogue FILE`. */
export function addCatalogueOption(parser: ArgumentParser): void {
  parser.add_argument('--catalogue', {
    metavar: 'FILE',
    help:
      'JSON file with your own list of models: {"Task501_Liver": {"description": ..., "url": ..., "sha256": ...}} ' +
      '(default: the models published by the authors of nnU-Net v1)',
  });
}
