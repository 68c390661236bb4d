import type { Tensor } from '@nnunet/tensor';
import type { ModelRules } from './model-rules.ts';
import type { Tile } from './tile.ts';

/** How far from the background's value a voxel may be, as a share of the channel's range. */
const TOLERANCE = 1e-3;

/**
 * Which tiles hold anything of the body. A voxel is background where in every channel its prepared value is the lowest of
 * the image (as air is in CT, and the zeros around a skull-stripped brain), or 0 in a channel that is normalised within
 * the nonzero mask; up to a thousandth of the channel's range. A tile of nothing but background is not wanted.
 *
 * @param image prepared, (channels, z, y, x); channels after the modalities, of the stage before, count as well
 * @returns false for tiles of background alone
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
