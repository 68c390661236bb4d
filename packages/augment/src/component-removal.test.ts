import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { removeComponents } from './component-removal.ts';

/** Two channels of 1 x 4 x 8: the first with a component of 2 and one of 8 voxels, the second empty. */
function twoChannels(): Float32Array {
  const oneHot = new Float32Array(64);
  oneHot.fill(1, 0, 2);
  oneHot.fill(1, 16, 24);
  return oneHot;
}

it('takes small components out, and gives them to another channel', () => {
  const small = { probability: 1, greatestShare: 0.15, refillProbability: 0 };
  const without = twoChannels();
  removeComponents(without, [1, 4, 8], small, counterRandom(1));
  expect([...without]).toEqual([...twoChannels().fill(0, 0, 2)]);
  const given = twoChannels();
  removeComponents(given, [1, 4, 8], { ...small, refillProbability: 1 }, counterRandom(1));
  // the second channel then holds a component, which is taken out and given back to the first
  expect([...given]).toEqual([...twoChannels()]);
});

it('changes nothing where no component is small enough, as in v1', () => {
  const same = twoChannels();
  removeComponents(same, [1, 4, 8], { probability: 1, greatestShare: 0, refillProbability: 0.15 }, counterRandom(1));
  expect(same).toEqual(twoChannels());
});

it('leaves channels alone with the probability, and gives components to other channels alone', () => {
  const three = () => Float32Array.from([...twoChannels().subarray(0, 32), ...new Float32Array(64)]);
  const refilling = { probability: 0.5, greatestShare: 0.15, refillProbability: 0.5 };
  const random = counterRandom('removal');
  const seen = { same: 0, gone: 0, second: 0, third: 0 };
  for (let i = 0; i < 1000; i++) {
    const channels = three();
    removeComponents(channels, [1, 4, 8], refilling, random);
    // The large component stays where it is.
    expect(channels.subarray(16, 24).every((value) => value === 1)).toBe(true);
    const places = [0, 1, 2].filter((c) => channels[32 * c] === 1 && channels[32 * c + 1] === 1);
    expect(channels.reduce((a, b) => a + b)).toBe(8 + 2 * places.length);
    expect(places.length).toBeLessThan(2);
    seen[(['same', 'second', 'third'] as const)[places[0]!] ?? 'gone']++;
  }
  // Half of the samples are left alone; of the others half lose it, and another channel gets it. From there it goes on:
  // what a later channel was given is a small component of its own.
  expect(seen.same).toBeGreaterThan(500);
  expect(seen.same).toBeLessThan(640);
  expect(seen.gone).toBeGreaterThan(250);
  expect(seen.second).toBeGreaterThan(15);
  expect(seen.third).toBe(0);
  const one = three().slice(0, 32);
  removeComponents(one, [1, 4, 8], { ...refilling, probability: 1, refillProbability: 1 }, random);
  expect([...one.subarray(0, 2)]).toEqual([0, 0]);
});

it('takes a component for small below its share of the patch', () => {
  const taken = (greatestShare: number) => {
    const oneHot = twoChannels();
    removeComponents(oneHot, [1, 4, 8], { probability: 1, greatestShare, refillProbability: 0 }, counterRandom(1));
    return oneHot[0] === 0;
  };
  // Two of 32 voxels.
  expect([taken(2 / 32), taken(2.1 / 32)]).toEqual([false, true]);
});

it('spares channels by their probability, and joins voxels at corners if asked', () => {
  const settings = { probability: 1, greatestShare: 0.1, refillProbability: 0 };
  const random = counterRandom('labels');
  const removed = Array.from({ length: 400 }, () => {
    const oneHot = twoChannels();
    removeComponents(oneHot, [1, 4, 8], { ...settings, labelProbability: 0.25 }, random);
    return Number(oneHot[0] === 0);
  });
  expect(removed.reduce((a, b) => a + b) / 400).toBeCloseTo(0.25, 1);
  const atCorners = () => Float32Array.of(1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const left = (diagonal: boolean) => {
    const oneHot = atCorners();
    removeComponents(oneHot, [1, 6, 2], { ...settings, greatestShare: 0.5, diagonal }, counterRandom(1));
    return oneHot.reduce((a, b) => a + b);
  };
  expect([left(false), left(true)]).toEqual([1, 0]);
});
