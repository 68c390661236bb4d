import { wholeNumber } from './sample-streams.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/** A box of voxels, (z, y, x). */
export interface Rectangle {
  start: readonly number[];
  size: readonly number[];
}

/** Settings of blank boxes. */
export interface RectangleSettings extends PerChannel {
  count: Range;
  size: readonly Range[];
  /** Default: 'inside'. */
  start?: 'inside' | 'anywhere';
}

/** Sets boxes of one channel to their mean, in order, in place (v1: batchgenerators' BlankRectangleTransform). */
export function blankRectangles(
  channel: Float32Array,
  shape: readonly number[],
  rectangles: readonly Rectangle[],
): void {
  const [, n1, n2] = shape as [number, number, number];
  for (const { start, size } of rectangles) {
    const [s0, s1, s2] = start as [number, number, number];
    const [m0, m1, m2] = size as [number, number, number];
    const eachRow = (work: (row: Float32Array) => void) => {
      for (let z = s0; z < s0 + m0; z++) {
        for (let y = s1; y < s1 + m1; y++) {
          const at = (z * n1 + y) * n2 + s2;
          work(channel.subarray(at, at + m2));
        }
      }
    };
    let sum = 0;
    eachRow((row) => {
      for (let x = 0; x < row.length; x++) sum += row[x]!;
    });
    eachRow((row) => row.fill(sum / (m0 * m1 * m2)));
  }
}

/**
 * Sets boxes to their mean: their number, and voxels per patch axis, both ends included. Boxes lie within the patch; as in
 * v1, they never start at its first voxel unless they fill it, or with `start` 'anywhere' also there (nnU-Net v2).
 */
export const rectangles = channelTransform(
  'rectangles',
  (random, { count, size, start: place = 'inside' }: RectangleSettings, { shape }): Rectangle[] => {
    const first = place === 'inside' ? 1 : 0;
    const ranges = size.length === 2 ? [[1, 1] as const, ...size] : size;
    return Array.from({ length: wholeNumber(random, count) }, () => {
      const sides = ranges.map((range, d) => Math.min(wholeNumber(random, range), shape[d]!));
      const start = sides.map((side, d) =>
        side === shape[d]! ? 0 : first + random.integer(shape[d]! - side + 1 - first),
      );
      return { size: sides, start };
    });
  },
  blankRectangles,
);
