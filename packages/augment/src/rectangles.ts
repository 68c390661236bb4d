import { wholeNumber } from './sample-streams.ts';
import { channelTransform, type PerChannel, type Range } from './transform-entry.ts';

/** A box of voxels, (z, y, x). */
export interface Rectangle {
  start: readonly number[];
  size: readonly number[];
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
 * Sets boxes to their mean: their number, and voxels per patch axis, both ends included. As in v1, boxes lie within the
 * patch and never start at its first voxel unless they fill it.
 */
export const rectangles = channelTransform(
  'rectangles',
  (random, { count, size }: PerChannel & { count: Range; size: readonly Range[] }, { shape }): Rectangle[] => {
    const ranges = size.length === 2 ? [[1, 1] as const, ...size] : size;
    return Array.from({ length: wholeNumber(random, count) }, () => {
      const sides = ranges.map((range, d) => Math.min(wholeNumber(random, range), shape[d]!));
      const start = sides.map((side, d) => (side === shape[d]! ? 0 : 1 + random.integer(shape[d]! - side)));
      return { size: sides, start };
    });
  },
  blankRectangles,
);
