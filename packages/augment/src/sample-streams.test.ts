import { expect, it } from 'vitest';
import { batchRandom, sampleRandom } from './sample-streams.ts';

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
