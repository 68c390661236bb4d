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
