import { existsSync } from 'node:fs';
import { add, divide, input as graphInput, multiply, reshape, subtract } from '@nnunet/autodiff/operators';
import { describe, expect, it } from 'vitest';
import { difference, greatest, lowerings, readNetworkCase } from '../../test/goldens.ts';
import type { Optimizer } from '../optimizer.ts';
import { momentumShapes, startingMomenta } from '../optimizer-state.ts';
import { adam, sgd } from '../optimizers.ts';
import { trainableShapes } from '../parameters.ts';
import { checkOptimizer } from '../training-step.ts';
import { ParallelTrainingSession } from './parallel-session.ts';
import { TrainingSession } from './training-session.ts';

/** Moves by an average of the gradients, divided by the number of steps. Biases before norms stay as they are. */
const averaged: Optimizer<'average' | 'unused', 'steps'> = {
  name: 'averaged',
  state: ({ shape }) => ({ average: shape, unused: [2] }),
  common: { steps: [1] },
  nextCommon: ({ steps }) => ({ steps: add(steps, 1) }),
  step({ name, weight, gradient, factor, state, common, rate }) {
    if (gradient === undefined) return { weight, state };
    const average = multiply(add(state.average, multiply(gradient, factor)), 0.5);
    const move = multiply(rate, divide(average, add(common.steps, 1)));
    const kept = name.endsWith('.bias') || weight.shape.length === 1 ? weight : multiply(weight, 0.5);
    return { weight: subtract(kept, move), state: { average, unused: state.unused } };
  },
};

const { description, input, targets, weights, batchDice } = await readNetworkCase('2d');
const [batchSize, , ...patchSize] = input.shape;
const batch = { data: input.data, targets: targets.map((t) => t.data) };
const options = { description, patchSize, batchSize, batchDice, weights };

describe.each(lowerings)('an optimiser of the user, %s', (lowering) => {
  it('moves each weight by its rule, knowing its name and shape', async () => {
    // At a rate of 0 a step changes only what decays.
    const session = await TrainingSession.create({ ...options, optimizer: averaged, lowering });
    await session.step(batch, 0);
    const still = await session.weights();
    const [first, before] = [await session.momenta(), 'tu.0.weight'];
    expect(still.get('seg_outputs.1.weight')!.data).toEqual(
      weights.get('seg_outputs.1.weight')!.data.map((w) => w / 2),
    );
    for (const name of ['conv_blocks_context.0.blocks.0.instnorm.weight', 'conv_blocks_context.0.blocks.0.conv.bias'])
      expect(still.get(name)).toEqual(weights.get(name));
    expect(first.get('steps')).toEqual({ data: Float32Array.of(1), shape: [1] });
    expect(first.get(`${before}/unused`)).toEqual({ data: new Float32Array(2), shape: [2] });
    await session.step(batch, 1);
    const [moved, second] = [await session.weights(), await session.momenta()];
    const [from, average] = [still.get(before)!.data, second.get(`${before}/average`)!.data];
    expect(greatest(average)).toBeGreaterThan(0);
    // The second step divides by 2.
    expect(
      difference(
        moved.get(before)!.data,
        from.map((w, i) => w / 2 - average[i]! / 2),
      ),
    ).toBeLessThan(1e-7);
    await session.dispose();
  });

  it('goes on from what it has kept as if it had not stopped', async () => {
    const create = (from: object) => TrainingSession.create({ ...options, ...from, optimizer: averaged, lowering });
    const whole = await create({});
    await whole.step(batch, 0.1);
    const resumed = await create({ weights: await whole.weights(), momenta: await whole.momenta() });
    expect(await resumed.step(batch, 0.1)).toEqual(await whole.step(batch, 0.1));
    expect(await resumed.weights()).toEqual(await whole.weights());
    expect(await resumed.momenta()).toEqual(await whole.momenta());
    await Promise.all([whole.dispose(), resumed.dispose()]);
  });
});

it('stores a momentum under the name of its parameter, and other values under names of their own', () => {
  const names = momentumShapes(description, sgd).map(({ name }) => name);
  expect(names).toEqual(trainableShapes(description).map(({ name }) => name));
  const [first] = names;
  const ofAdam = momentumShapes(description, adam).flatMap(({ name }) => (name.startsWith(first!) ? [name] : []));
  expect(ofAdam).toEqual([first, `${first}/second`, `${first}/greatest`]);
});

it.each([
  [undefined, 1, 1],
  [12, 0, 1e-3],
])('clips gradients to the norm that the optimiser names: %s', async (clipNorm, least, most) => {
  const watching: Optimizer<'factor'> = {
    name: 'watching',
    ...(clipNorm === undefined ? {} : { clipNorm }),
    state: () => ({ factor: [1] }),
    step: ({ weight, factor }) => ({ weight, state: { factor: reshape(factor, [1]) } }),
  };
  const lossWeights = targets.map(() => 1e6);
  const session = await TrainingSession.create({ ...options, optimizer: watching, lossWeights, lowering: 'plain' });
  const { gradientNorm } = await session.step(batch, 0.1);
  const factor = (await session.momenta()).get('tu.0.weight/factor')!.data[0]!;
  expect([factor >= least, factor <= most]).toEqual([true, true]);
  if (clipNorm !== undefined) expect((factor * gradientNorm) / clipNorm).toBeCloseTo(1, 4);
  await session.dispose();
});

it('may use neither the learning rate nor the gradients', async () => {
  const halving: Optimizer = {
    name: 'halving',
    state: () => ({}),
    step: ({ weight }) => ({ weight: multiply(weight, 0.5), state: {} }),
  };
  const session = await TrainingSession.create({ ...options, optimizer: halving, lowering: 'plain' });
  await session.step(batch, 0.1);
  const name = 'tu.0.weight';
  expect((await session.weights()).get(name)!.data).toEqual(weights.get(name)!.data.map((w) => w / 2));
  await session.dispose();
});

const built = existsSync(new URL('../../dist/node/graph-worker.js', import.meta.url));

it.skipIf(!built)('an optimiser of the user computes the same if sessions share a batch', async () => {
  const twice = {
    data: Float32Array.from([...input.data, ...input.data]),
    targets: targets.map(({ data }) => Float32Array.from([...data, ...data])),
  };
  const shared = { ...options, batchSize: 2 * batchSize, optimizer: averaged };
  const one = await TrainingSession.create(shared);
  const two = await ParallelTrainingSession.create({ ...shared, sessions: 2 });
  for (let i = 0; i < 2; i++) await Promise.all([one.step(twice, 0.1), two.step(twice, 0.1)]);
  const [expected, found] = [await one.momenta(), await two.momenta()];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data }] of expected)
    expect(difference(found.get(name)!.data, data), name).toBeLessThan(1e-5 * greatest(data) + 1e-7);
  await Promise.all([one.dispose(), two.dispose()]);
});

it.each<[string, Partial<Record<keyof Optimizer, unknown>>, string]>([
  [
    'without a state',
    { state: undefined },
    'state of conv_blocks_localization.0.0.blocks.0.conv.weight: optimizer.state is not a function',
  ],
  ['with invalid shapes', { state: () => ({ average: [0] }) }, 'shapes by name expected, found {"average":[0]}'],
  [
    'with a state that fails',
    { state: () => JSON.parse('{') },
    'state of conv_blocks_localization.0.0.blocks.0.conv.weight: Expected property name',
  ],
  ['with two values of a name', { common: { 'tu.0.weight/average': [1] } }, 'are called tu.0.weight/average'],
  ['without its next count', { nextCommon: () => ({}) }, 'nextCommon, "steps": float (1) expected, found nothing'],
  ['without a next count', { nextCommon: undefined }, 'nextCommon: optimizer.nextCommon is not a function'],
  [
    'that returns nothing',
    { step: () => undefined },
    'step of conv_blocks_localization.0.0.blocks.0.conv.weight, "weight": float',
  ],
  ['without its next state', { step: ({ weight }: never) => ({ weight }) }, '"average": float'],
  [
    'with a weight of another shape',
    { step: ({ state }: { state: Record<string, unknown> }) => ({ weight: state.unused, state }) },
    'found float (2)',
  ],
  [
    'with a number as a weight',
    { step: ({ state }: { state: object }) => ({ weight: 5, state }) },
    '"weight": float (16 x 32 x 3 x 3) expected, found 5',
  ],
  [
    'with an input of its own',
    {
      step: ({ weight, state }: { weight: never; state: object }) => ({
        weight: multiply(weight, graphInput('lr', [])),
        state,
      }),
    },
    'it uses the input "lr", which is none of those that `step` is given',
  ],
  [
    'with a state too many',
    { step: ({ weight, state }: { weight: never; state: object }) => ({ weight, state: { ...state, more: weight } }) },
    '"more": nothing expected, found float',
  ],
])('refuses an optimiser %s', (_, changes, what) => {
  expect(() => checkOptimizer(description, { ...averaged, ...changes } as Optimizer)).toThrow(
    expect.objectContaining({ tag: 'bad-optimizer', where: 'averaged', what: expect.stringContaining(what) }),
  );
});

describe('the stored state of another optimiser', () => {
  const stored = (optimizer: Optimizer, only = (_: string) => true) =>
    new Map(
      momentumShapes(description, optimizer).flatMap(({ name, shape }) =>
        only(name)
          ? [[name, { data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape }] as const]
          : [],
      ),
    );

  it.each<[string, Optimizer, Map<string, { data: Float32Array; shape: number[] }>, RegExp]>([
    ['momenta of SGD for Adam', adam, stored(sgd), /adam: it has no .*\/second$/],
    ['moments of Adam for SGD', sgd, stored(adam), /sgd: it has .*\/second$/],
    ['no number of steps', adam, stored(adam, (name) => name !== 'step'), /adam: it has no step$/],
    [
      'half of a parameter',
      adam,
      stored(adam, (name) => name !== 'tu.0.weight/greatest'),
      /no tu\.0\.weight\/greatest$/,
    ],
  ])('is refused: %s', (_, optimizer, momenta, what) => {
    expect(() => startingMomenta(description, optimizer, momenta)).toThrow(
      expect.objectContaining({ tag: 'bad-weights', what: expect.stringMatching(what) }),
    );
  });

  it('may lack whole parameters, which then start at 0', () => {
    const momenta = startingMomenta(
      description,
      adam,
      stored(adam, (name) => !name.startsWith('tu.0.weight')),
    );
    expect([...momenta.keys()]).toEqual(momentumShapes(description, adam).map(({ name }) => name));
    expect(greatest(momenta.get('tu.0.weight/second')!.data)).toBe(0);
    expect(momenta.get('step')!.data).toEqual(Float32Array.of(1));
  });
});
