import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { blurGaussian, gaussianWeights, mirroredHalf } from './blur.ts';

it.each([
  [0.1, 0],
  [0.5, 2],
  [0.62, 2],
  [0.625, 3],
  [1, 4],
  [1.6, 6],
])('weighs neighbours by a Gaussian of %d voxels, up to %i away', (sigma, radius) => {
  const weights = [...gaussianWeights(sigma)];
  expect(weights).toHaveLength(radius + 1);
  expect(weights.reduce((sum, w, k) => sum + (k === 0 ? w : 2 * w), 0)).toBeCloseTo(1, 14);
  for (const [k, w] of weights.entries()) expect(Math.log(weights[0]! / w)).toBeCloseTo((k / sigma) ** 2 / 2, 10);
});

it('mirrors positions at the edges of voxels, as often as needed', () => {
  const row = (n: number) => Array.from({ length: 4 * n }, (_, i) => mirroredHalf(i - 2 * n, n)).join('');
  expect(row(3)).toBe('012210012210');
  expect(row(1)).toBe('0000');
});

it.each([
  [[1, 5, 7], 0.8],
  [[3, 4, 2], 0.8],
  [[6, 1, 5], 1.1],
])('blurs %j along every axis longer than 1', (shape, sigma) => {
  const [n0, n1, n2] = shape as [number, number, number];
  const channel = counterRandom('blur').fillNormal(new Float32Array(n0 * n1 * n2));
  const weights = gaussianWeights(sigma);
  let expected = Float64Array.from(channel);
  const strides = [n1 * n2, n2, 1];
  for (const axis of [0, 1, 2]) {
    const [n, stride] = [shape[axis]!, strides[axis]!];
    if (n === 1) continue;
    expected = expected.map((_, i) => {
      const place = Math.floor(i / stride) % n;
      let sum = 0;
      for (let k = 1 - weights.length; k < weights.length; k++)
        sum += weights[Math.abs(k)]! * expected[i + (mirroredHalf(place + k, n) - place) * stride]!;
      return sum;
    });
  }
  blurGaussian(channel, shape, sigma);
  for (const [i, value] of expected.entries()) expect(channel[i]).toBeCloseTo(value, 5);
});
