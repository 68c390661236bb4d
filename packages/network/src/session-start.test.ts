import { expect, it } from 'vitest';
import { greatest, readNetworkCase } from '../test/goldens.ts';
import { crossEntropy } from './loss-voxelwise.ts';
import { nodeRuntime } from './node/node-runtime.ts';
import { adam, sgd } from './optimizers.ts';
import { initialiseWeights } from './parameters.ts';
import { sessionStart } from './session-start.ts';
import { buildSums } from './step-parts.ts';

const { description, input, weights } = await readNetworkCase('2d');
const options = { description, patchSize: input.shape.slice(2), batchSize: 2 };

it('starts with new weights, without momenta and with the Dice of samples where nothing is given', async () => {
  const start = sessionStart(nodeRuntime, options);
  expect(Object.keys(start.step).sort()).toEqual(['batchSize', 'description', 'loss', 'patchSize']);
  expect(await start.state.copy('weights', {})).toEqual(initialiseWeights(description, 0));
  expect([...start.state.momenta.keys()]).toEqual([...weights.keys()]);
  for (const { data } of (await start.state.copy('momenta', {})).values()) expect(greatest(data)).toBe(0);
  const sumsOf = (batchDice?: boolean) => {
    const { step } = sessionStart(nodeRuntime, { ...options, ...(batchDice === undefined ? {} : { batchDice }) });
    return Object.keys(buildSums(step).outputs);
  };
  expect(sumsOf()).toEqual(sumsOf(false));
  expect(sumsOf()).toContain('sum0:dice');
  expect(sumsOf(true)).toContain('sum0:truePositives');
});

it('takes what is given', async () => {
  const loss = crossEntropy();
  const given = { ...options, loss, lossWeights: [1, 0.5, 0], optimizer: adam };
  const { step, state } = sessionStart(nodeRuntime, { ...given, seed: 5 });
  expect(step).toEqual(given);
  expect(await state.copy('weights', {})).toEqual(initialiseWeights(description, 5));
  expect(state.momenta.size).toBe(3 * weights.size + 1);
  const name = 'tu.0.weight';
  const own = { data: new Float32Array(weights.get(name)!.data.length).fill(3), shape: weights.get(name)!.shape };
  const some = sessionStart(nodeRuntime, { ...options, weights, momenta: new Map([[name, own]]) }).state;
  expect(await some.copy('weights', {})).toEqual(weights);
  expect((await some.copy('momenta', {})).get(name)).toEqual(own);
  expect(some.momenta.size).toBe(weights.size);
});

it('refuses weights and momenta of another network or optimiser', async () => {
  const { state } = sessionStart(nodeRuntime, { ...options, optimizer: sgd });
  const momenta = await state.copy('momenta', {});
  const without = new Map(weights);
  without.delete('tu.0.weight');
  expect(() => state.load({ weights, momenta })).not.toThrow();
  expect(() => state.load({})).not.toThrow();
  const changed = new Map([...momenta].map(([name, t]) => [name, { ...t, data: t.data.map(() => 1) }]));
  expect(() => state.load({ momenta: changed, weights: without })).toThrow('the weights have no tu.0.weight');
  expect(await state.copy('momenta', {})).toEqual(momenta);
  expect(() => state.load({ momenta: without })).toThrow('the weights have no tu.0.weight');
  expect(() => sessionStart(nodeRuntime, { ...options, optimizer: adam }).state.load({ momenta })).toThrow('/second');
  expect(() => sessionStart(nodeRuntime, { ...options, weights: without })).toThrow('no tu.0.weight');
  // The optimiser is not to blame for what it has kept of parameters that have another name now.
  const { data, shape } = weights.get('tu.0.weight')!;
  const renamed = new Map([...without, ['up.0.weight', { data, shape }] as const]);
  expect(() => sessionStart(nodeRuntime, { ...options, weights: renamed, momenta: renamed })).toThrow(
    'weights have no tu.0.weight',
  );
});
