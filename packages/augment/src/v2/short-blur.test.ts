import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { blurShortly, shortBlur } from './short-blur.ts';

/** What a blur makes of a single voxel in the middle of a row: its kernel. */
function kernel(sigma: number): number[] {
  const row = new Float32Array(21);
  row[10] = 1;
  blurShortly(row, [1, 1, 21], [sigma, sigma, sigma]);
  return [...row].filter((v) => v !== 0);
}

it('has a kernel of the odd length nearest to six sigma and a half', () => {
  const lengths = [0.5, 0.58, 0.59, 0.91, 0.92, 1].map((sigma) => kernel(sigma).length);
  expect(lengths).toEqual([3, 3, 5, 5, 7, 7]);
  // exp(-1 / (2 · 0.25)) beside 1, normalised.
  const side = Math.exp(-2) / (1 + 2 * Math.exp(-2));
  expect(kernel(0.5)[0]).toBeCloseTo(side, 6);
  expect(kernel(0.5)[1]).toBeCloseTo(1 - 2 * side, 6);
});

it('mirrors around the voxels at the borders, and ends with short axes', () => {
  const [side, middle] = kernel(0.5) as [number, number];
  const row = Float32Array.of(1, 2, 4);
  blurShortly(row, [1, 1, 3], [1, 1, 0.5]);
  const expected = [middle + 4 * side, 2 * middle + 5 * side, 4 * middle + 4 * side];
  for (const [i, value] of expected.entries()) expect(row[i]).toBeCloseTo(value, 5);
  const two = Float32Array.of(0, 1);
  blurShortly(two, [1, 1, 2], [1, 1, 1]);
  // With a sigma of 1 the neighbour weighs exp(-1/2), on both sides.
  const weight = (2 * Math.exp(-0.5)) / (1 + 2 * Math.exp(-0.5));
  expect(two[0]).toBeCloseTo(weight, 6);
});

it('draws a sigma per axis', () => {
  const context = { shape: [4, 5, 6], channels: 2, random: () => counterRandom('blur') };
  const settings = { probability: 1, channelProbability: 1, sigma: [0.5, 1] as const };
  const drawn = shortBlur.draw(settings, context as unknown as Parameters<typeof shortBlur.draw>[1])!;
  expect(drawn.map((sigmas) => sigmas!.length)).toEqual([3, 3]);
  expect(new Set(drawn.flat()).size).toBe(6);
  expect(drawn.flat().every((sigma) => sigma! >= 0.5 && sigma! <= 1)).toBe(true);
});
