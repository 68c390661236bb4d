import type { CounterRandom } from '@nnunet/tensor';
import type { LocalGaussian } from './local-gaussian.ts';
import type { Range } from './recipe.ts';
import type { Rectangle } from './rectangles.ts';

/** A Gaussian and what is done with it. */
export interface LocalDraw {
  gaussian: LocalGaussian;
  /** Strength of a gradient, or gamma. */
  value: number;
}

export interface LocalRanges {
  scale: Range;
  location: Range;
  /** One of these with the same probability. */
  values: readonly [Range, Range];
}

/** @param shape (z, y, x); along an axis of one voxel nothing changes, and nothing is drawn */
export function drawLocal(random: CounterRandom, shape: readonly number[], ranges: LocalRanges): LocalDraw {
  const { scale, location, values } = ranges;
  const gaussian = { centre: [] as number[], sigma: [] as number[] };
  for (const n of shape) {
    if (n > 1) {
      gaussian.centre.push(random.uniformBetween(...location) * n);
      const [least, most] = scale.map((share) => Math.log(Math.max(1, Math.floor(share * n + 1e-9)))) as [
        number,
        number,
      ];
      gaussian.sigma.push(Math.exp(random.uniformBetween(least, most)));
    } else {
      gaussian.centre.push(0);
      gaussian.sigma.push(1);
    }
  }
  return { gaussian, value: random.uniformBetween(...values[random.uniform() < 0.5 ? 0 : 1]) };
}

/**
 * Boxes that lie within the patch, never at its first voxel, as in v1.
 *
 * @param size voxels per axis of the patch, 3 entries or 2 (y, x)
 */
export function drawRectangles(
  random: CounterRandom,
  shape: readonly number[],
  { count, size }: { count: Range; size: readonly Range[] },
): Rectangle[] {
  const between = ([low, high]: Range) => low + random.integer(Math.max(1, high - low + 1));
  return Array.from({ length: between(count) }, () => {
    const ranges = size.length === 2 ? [[1, 1] as const, ...size] : size;
    const sides = ranges.map((range, d) => Math.min(between(range), shape[d]!));
    return {
      size: sides,
      start: sides.map((side, d) => (side === shape[d]! ? 0 : 1 + random.integer(shape[d]! - side))),
    };
  });
}
