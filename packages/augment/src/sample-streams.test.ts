import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { aroundOne, batchRandom, sampleRandom } from './sample-streams.ts';

const key = { seed: 12345, epoch: 7, iteration: 42, sample: 3, validation: false };
const first = (random: { integer(n: number): number }) => random.integer(1e9);

it('draws what every version draws, so that a training that is continued sees the same', () => {
  expect(first(batchRandom(key, 'contrast'))).toBe(272995710);
  expect(first(sampleRandom(key, 'rotation'))).toBe(225386272);
  expect(first(sampleRandom({ ...key, validation: true }, 'case'))).toBe(804546557);
});

it('draws otherwise for another seed, epoch, iteration or purpose, and for another sample where those differ', () => {
  const others = [{ seed: 1 }, { epoch: 8 }, { iteration: 43 }, { sample: 4 }, { validation: true }];
  const draws = others.map((other) => first(sampleRandom({ ...key, ...other }, 'rotation')));
  expect(new Set([...draws, first(sampleRandom(key, 'rotation')), first(sampleRandom(key, 'scale'))]).size).toBe(7);
  const shared = others.map((other) => first(batchRandom({ ...key, ...other }, 'contrast')));
  expect(new Set(shared).size).toBe(4);
  expect(shared.slice(3)).toEqual([272995710, 272995710]);
});

const draw = (low: number, high: number) => {
  const random = counterRandom(low, high);
  return Array.from({ length: 2000 }, () => aroundOne(random, [low, high]));
};

it.each([
  [0.6, 3],
  [0.9, 1.1],
])('draws half of the numbers below 1 and half above, of %d to %d', (low, high) => {
  const values = draw(low, high);
  const below = values.filter((value) => value < 1);
  expect(below.length / values.length).toBeCloseTo(0.5, 1);
  expect(below.reduce((a, b) => a + b, 0) / below.length).toBeCloseTo((low + 1) / 2, 1.5);
  const above = values.filter((value) => value >= 1);
  expect(above.reduce((a, b) => a + b, 0) / above.length).toBeCloseTo((high + 1) / 2, 1);
});

it.each([
  [1, 2],
  [1.5, 2],
])('draws evenly from %d to %d, where nothing lies below 1', (low, high) => {
  const values = draw(low, high);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
  expect(Math.max(...values)).toBeLessThan(high);
  expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo((low + high) / 2, 1.5);
});
