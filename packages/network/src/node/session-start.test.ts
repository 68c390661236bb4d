import { expect, it } from 'vitest';
import { difference, readNetworkCase } from '../../test/goldens.ts';
import { crossEntropy } from '../loss-voxelwise.ts';
import { adamOptimizer, defaultOptimizer } from '../optimizer.ts';
import { initialiseWeights } from '../parameters.ts';
import { buildSums } from '../step-parts.ts';
import { checkParameters, sessionStart } from './session-start.ts';

const { description, input, weights } = await readNetworkCase('2d');
const options = { description, patchSize: input.shape.slice(2), batchSize: 2 };

it('starts with new weights, without momenta and with the Dice of samples where nothing is given', () => {
  const start = sessionStart(options);
  expect(Object.keys(start.step).sort()).toEqual(['batchSize', 'description', 'loss', 'patchSize']);
  expect(start.weights).toEqual(initialiseWeights(description, 0));
  expect([...start.momenta.keys()]).toEqual([...weights.keys()]);
  for (const { data } of start.momenta.values()) expect(difference(data, new Float32Array(data.length))).toBe(0);
  const sumsOf = (batchDice?: boolean) =>
    Object.keys(buildSums(sessionStart({ ...options, ...(batchDice === undefined ? {} : { batchDice }) }).step));
  expect(sumsOf()).toEqual(sumsOf(false));
  expect(sumsOf()).toContain('sum0:dice');
  expect(sumsOf(true)).toContain('sum0:truePositives');
});

it('takes what is given', () => {
  const loss = crossEntropy();
  const given = { ...options, loss, lossWeights: [1, 0.5, 0], optimizer: adamOptimizer };
  const { step, weights: fresh, momenta } = sessionStart({ ...given, seed: 5 });
  expect(step).toEqual(given);
  expect(fresh).toEqual(initialiseWeights(description, 5));
  expect(momenta.size).toBe(3 * weights.size + 1);
  const name = 'tu.0.weight';
  const own = { data: new Float32Array(weights.get(name)!.data.length).fill(3), shape: weights.get(name)!.shape };
  const some = sessionStart({ ...options, weights, momenta: new Map([[name, own]]) });
  expect(some.weights).toBe(weights);
  expect(some.momenta.get(name)).toBe(own);
  expect(some.momenta.size).toBe(weights.size);
});

it('refuses weights and momenta of another network or optimiser', () => {
  const { step, momenta } = sessionStart(options);
  const without = new Map(weights);
  without.delete('tu.0.weight');
  expect(() => checkParameters(step, { weights, momenta })).not.toThrow();
  expect(() => checkParameters(step, {})).not.toThrow();
  expect(() => checkParameters(step, { weights: without })).toThrow('the weights have no tu.0.weight');
  expect(() => checkParameters(step, { momenta: without })).toThrow('the weights have no tu.0.weight');
  expect(() => checkParameters({ ...step, optimizer: defaultOptimizer }, { momenta })).not.toThrow();
  expect(() => checkParameters({ ...step, optimizer: adamOptimizer }, { momenta })).toThrow('/second');
  expect(() => sessionStart({ ...options, weights: without })).toThrow('no tu.0.weight');
});
