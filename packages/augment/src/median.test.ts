import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { filterMedian } from './median.ts';

/** The upper median of a list. */
const upper = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1];

it.each([
  [[1, 1, 7], 3],
  [[1, 4, 5], 2],
  [[3, 3, 4], 2],
  [[3, 4, 2], 3],
  [[2, 3, 4], 5],
  [[1, 5, 6], 4],
])('is the middle value of the neighbours of each voxel of %j, %i wide', (shape, width) => {
  const [n0, n1, n2] = shape as [number, number, number];
  const random = counterRandom(width, 'median');
  // Whole numbers, many of them equal.
  const channel = Float32Array.from({ length: n0 * n1 * n2 }, () => random.integer(6));
  const before = channel.slice();
  filterMedian(channel, shape, width);
  // c b a | a b c | c b a: an even width reaches one voxel further to the front.
  const along = (i: number, n: number) => {
    if (n === 1) return [0];
    const mirror = [...Array(n).keys(), ...[...Array(n).keys()].reverse()];
    return Array.from({ length: width }, (_, k) => mirror.at((i + k - Math.floor(width / 2)) % (2 * n))!);
  };
  for (let i = 0; i < channel.length; i++) {
    const [z, y, x] = [Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2];
    const values = along(z, n0).flatMap((a) =>
      along(y, n1).flatMap((b) => along(x, n2).map((c) => before[(a * n1 + b) * n2 + c]!)),
    );
    expect(channel[i], `voxel ${i}`).toBe(upper(values));
  }
});
