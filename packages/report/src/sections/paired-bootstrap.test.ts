import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { pairedBootstrap } from './paired-bootstrap.ts';

it('gives the interval of a mean, as the normal distribution does', () => {
  const normal = counterRandom(1, 'differences').fillNormal(new Float32Array(400), 0.1);
  const other = Float64Array.from(normal, (_, i) => 0.5 + 0.001 * (i % 100));
  const best = other.map((value, i) => value + 0.02 + normal[i]!);
  const mean = normal.reduce((sum, value) => sum + value, 0) / 400;
  const deviation = Math.sqrt(normal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
  const { difference, low, high } = pairedBootstrap([best], [other]);
  expect(difference).toBeCloseTo(0.02 + mean, 9);
  expect(low).toBeCloseTo(0.02 + mean - (1.96 * deviation) / 20, 3);
  expect(high).toBeCloseTo(0.02 + mean + (1.96 * deviation) / 20, 3);
});

it('resamples both candidates alike: a constant difference has no spread', () => {
  const other = Float64Array.of(0.1, 0.5, 0.9, 0.3);
  const result = pairedBootstrap([other.map((value) => value + 0.05)], [other]);
  for (const value of Object.values(result)) expect(value).toBeCloseTo(0.05, 12);
});

it('takes percentiles of all draws', () => {
  // Two cases with the differences 0 and 1: a quarter of the draws each has the mean 0 and 1, one half 0.5.
  const result = pairedBootstrap([Float64Array.of(0, 1)], [Float64Array.of(0, 0)]);
  expect(result).toEqual({ difference: 0.5, low: 0, high: 1 });
});

it('averages labels, each over the cases that have it', () => {
  const nan = Number.NaN;
  const best = [Float64Array.of(0.8, 0.6, 0.7), Float64Array.of(nan, nan, 0.5)];
  const other = [Float64Array.of(0.8, 0.6, 0.7), Float64Array.of(nan, nan, 0.1)];
  // The second label counts one half, whenever its case is drawn, and for both candidates not at all otherwise.
  const result = pairedBootstrap(best, other);
  expect(result.difference).toBeCloseTo(0.2, 12);
  expect(result.low).toBeCloseTo(0, 12);
  expect(result.high).toBeCloseTo(0.2, 12);
});

it('has the same result each time, and the opposite one for the candidates exchanged', () => {
  const [best, other] = [1, 2].map((seed) => [
    Float64Array.from(counterRandom(seed, 'scores').fillNormal(new Float32Array(30))),
  ]) as [Float64Array[], Float64Array[]];
  const { difference, low, high } = pairedBootstrap(best, other);
  expect(pairedBootstrap(best, other)).toEqual({ difference, low, high });
  const exchanged = pairedBootstrap(other, best);
  expect(exchanged.difference).toBe(-difference);
  expect(exchanged.low).toBeCloseTo(-high, 12);
  expect(exchanged.high).toBeCloseTo(-low, 12);
});
