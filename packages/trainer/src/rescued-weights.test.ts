import { describeNetwork, initialiseWeights } from '@nnunet/network';
import { expect, it } from 'vitest';
import { rescuedWeights } from './rescued-weights.ts';
import { tinyPlans } from './tiny-plans.fixture.ts';

it('draws convolutions anew and keeps the norms', () => {
  const network = describeNetwork(tinyPlans([8, 8]), 0);
  const learnt = initialiseWeights(network, 1);
  for (const { data } of learnt.values()) data.fill(0.5);
  const rescued = rescuedWeights(learnt, network, 2);
  expect([...rescued.keys()]).toEqual([...learnt.keys()]);
  for (const [name, { data }] of rescued) {
    const kept = data.every((x) => x === 0.5);
    expect([name, kept]).toEqual([name, name.includes('instnorm')]);
    if (name.endsWith('conv.bias')) expect(data.every((x) => x === 0)).toBe(true);
  }
});
