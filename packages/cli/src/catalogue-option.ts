import type { ArgumentParser } from 'argparse';

/** `--catalogue FILE` */
export function addCatalogueOption(parser: ArgumentParser): void {
  parser.add_argument('--catalogue', {
    metavar: 'FILE',
    help:
      'JSON file with a list of models of your own: {"Task501_Liver": {"description": ..., "url": ..., "sha256": ...}} ' +
      '(default: the models that the authors of nnU-Net v1 have published)',
  });
}
