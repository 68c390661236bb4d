import type { ArgumentParser } from 'argparse';

/** Adds --strict_geometry. */
export function addStrictGeometryOption(parser: ArgumentParser): void {
  parser.add_argument('--strict_geometry', {
    action: 'store_true',
    help:
      "refuse images whose origin, spacing or direction differ by more than v1's tolerance (1e-8 + 1e-5 of each number). " +
      'By default, differences below half a voxel are accepted, with a warning from 0.01 voxels on',
  });
}
