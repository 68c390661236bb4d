import type { Tensor } from '@nnunet/tensor';
import type { ModelRules } from './model-rules.ts';
import type { Tile } from './tile.ts';

/** How far a voxel may be from the background value, as a fraction of the channel's range. */
const TOLERANCE = 1e-3;

/**
 * Returns which tiles contain part of the body. A voxel is background if its prepared value in every channel is the
 * lowest of the image (air in CT, the zeros around a skull-stripped brain), or 0 in a channel normalised within the
 * nonzero mask, with a tolerance of a thousandth of the channel's range. Tiles of background only are skipped.
 *
 * @param image prepared, (channels, z, y, x); the previous stage's channels after the modalities count too
 * @returns a function that is false for tiles of background only
 */
export function bodyTiles(
  { data, shape }: Tensor<Float32Array>,
  { useMaskForNorm }: Pick<ModelRules, 'useMaskForNorm'>,
): (tile: Tile) => boolean {
  const [channels, Z, Y, X] = shape as [number, number, number, number];
  const size = Z * Y * X;
  const ranges = Array.from({ length: channels }, (_, c) =>
    backgroundOf(data.subarray(c * size, (c + 1) * size), useMaskForNorm[c] ?? false),
  );
  return ({ start, size: extent }) => {
    const [z0, y0, x0] = start.map((n) => Math.max(0, n)) as [number, number, number];
    const [z1, y1, x1] = start.map((n, axis) => Math.min(shape[axis + 1]!, n + extent[axis]!)) as [
      number,
      number,
      number,
    ];
    for (let c = 0; c < channels; c++) {
      const { low, high } = ranges[c]!;
      for (let z = z0; z < z1; z++)
        for (let y = y0; y < y1; y++) {
          const row = ((c * Z + z) * Y + y) * X;
          for (let i = row + x0; i < row + x1; i++) if (!(data[i]! >= low && data[i]! <= high)) return true;
        }
    }
    return false;
  };
}

function backgroundOf(values: Float32Array, isZero: boolean): { low: number; high: number } {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const v of values) {
    if (v < least) least = v;
    if (v > greatest) greatest = v;
  }
  const tolerance = TOLERANCE * (greatest - least);
  const value = isZero ? 0 : least;
  return { low: value - tolerance, high: value + tolerance };
}
