import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { difference, greatest, lowerings, readNetworkCase } from '../../test/goldens.ts';
import { diceAndBinaryCrossEntropy } from '../loss.ts';
import { adam } from '../optimizers.ts';
import type { Parameters } from '../parameters.ts';
import type { TrainingSessionOptions } from '../training-session-options.ts';
import { ParallelTrainingSession } from './parallel-session.ts';
import { TrainingSession } from './training-session.ts';

const built = existsSync(new URL('../../dist/node/graph-worker.js', import.meta.url));

/** The first samples of v1's batches, with moved copies where there are not enough. */
async function batchOf(name: string, batchSize: number) {
  const { description, input, targets, weights } = await readNetworkCase(name);
  const [given, , ...patchSize] = input.shape;
  const more = (data: Float32Array) => {
    const sample = data.length / given!;
    return Float32Array.from(
      { length: batchSize * sample },
      (_, i) => data[(i * (1 + Math.floor(i / data.length))) % data.length]!,
    );
  };
  const batch = { data: more(input.data), targets: targets.map((t) => more(t.data)) };
  return { batch, options: { description, patchSize, batchSize, weights, threads: 2 } };
}

function expectClose(found: Parameters, expected: Parameters): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  const overall = Math.max(...[...expected.values()].map(({ data }) => greatest(data)));
  for (const [name, { data }] of expected) {
    expect(difference(found.get(name)!.data, data), name).toBeLessThan(1e-4 * greatest(data) + 1e-6 * overall);
  }
}

async function openBoth(options: TrainingSessionOptions, sessions: number) {
  const both = {
    one: await TrainingSession.create(options),
    many: await ParallelTrainingSession.create({ ...options, sessions }),
  };
  onTestFinished(async () => {
    await both.one.dispose();
    await both.many.dispose();
  });
  return both;
}

describe.skipIf(!built)('several sessions (skipped before the first build)', () => {
  it.each([
    { name: '2d', sessions: 1, batchDice: true },
    { name: '2d', sessions: 2, batchDice: true },
    { name: '2d', sessions: 3, batchDice: true },
    { name: '3d', sessions: 2, batchDice: false },
    { name: '3d', sessions: 3, batchDice: false },
  ])('train as one does: $name, $sessions, batch Dice $batchDice', async ({ name, sessions, batchDice }) => {
    const { batch, options } = await batchOf(name, 5);
    const { one, many } = await openBoth({ ...options, batchDice }, sessions);
    for (let i = 0; i < 4; i++) {
      const [expected, found] = [await one.step(batch, 0.01), await many.step(batch, 0.01)];
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(2e-6);
      expect(Math.abs(found.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-4);
    }
    expectClose(await many.weights(), await one.weights());
    expectClose(await many.momenta(), await one.momenta());
    const [expected, found] = [await one.evaluate(batch), await many.evaluate(batch)];
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-5);
    const voxels = batch.targets[0]!.length;
    for (const key of ['truePositives', 'falsePositives', 'falseNegatives'] as const) {
      expect(difference(found[key], expected[key])).toBeLessThan(1e-4 * voxels);
    }
  });

  it.each(lowerings)(
    'end with the same bits each time, and when they go on from weights and momenta: %s',
    async (lowering) => {
      const { batch, options } = await batchOf('3d', 3);
      const create = (more: Partial<TrainingSessionOptions> = {}) =>
        ParallelTrainingSession.create({ ...options, lowering, batchDice: true, sessions: 2, ...more });
      const [first, second] = [await create(), await create()];
      for (let i = 0; i < 2; i++) expect(await second.step(batch, 0.02)).toEqual(await first.step(batch, 0.02));
      const third = await create({ weights: await first.weights(), momenta: await first.momenta() });
      expect(await third.step(batch, 0.01)).toEqual(await first.step(batch, 0.01));
      expect(await third.weights()).toEqual(await first.weights());
      expect(await third.momenta()).toEqual(await first.momenta());
      second.load({ weights: options.weights });
      expect(await second.weights()).toEqual(options.weights);
      await Promise.all([first, second, third].map((session) => session.dispose()));
    },
  );

  it('train regions with Adam', async () => {
    const { batch, options } = await batchOf('3d', 3);
    const description = { ...options.description, classes: 2, deepSupervision: false };
    const loss = diceAndBinaryCrossEntropy({ batchDice: true });
    const [samples, voxels] = [3, batch.targets[0]!.length / 3];
    const regions = Float32Array.from({ length: samples * 2 * voxels }, (_, i) => Number(i % 7 < 3));
    const { weights: _, ...rest } = options;
    const settings = { ...rest, description, loss, optimizer: adam, seed: 4 };
    const { one, many } = await openBoth(settings, 3);
    for (let i = 0; i < 3; i++) {
      const step = { data: batch.data, targets: [regions] };
      const [expected, found] = [await one.step(step, 3e-4), await many.step(step, 3e-4)];
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-4);
    }
    expect((await many.momenta()).get('step')!.data[0]).toBe(3);
    expect((await many.evaluate({ data: batch.data, targets: [regions] })).truePositives).toHaveLength(2);
  });

  it('keep running statistics of batch norms', async () => {
    const { batch, options } = await batchOf('2d', 4);
    const { weights: _, ...rest } = options;
    const settings = { ...rest, description: { ...options.description, norm: 'batch' as const }, batchDice: true };
    const { one, many } = await openBoth({ ...settings, seed: 2 }, 1);
    const [expected, found] = [await one.step(batch, 0.01), await many.step(batch, 0.01)];
    expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-5);
    expectClose(await many.weights(), await one.weights());
    const [a, b] = [await one.evaluate(batch), await many.evaluate(batch)];
    expect(Math.abs(a.loss - b.loss)).toBeLessThan(1e-4);
  });

  it('say what is wrong', async () => {
    const { batch, options } = await batchOf('2d', 2);
    const few = ParallelTrainingSession.create({ ...options, sessions: 3 });
    await expect(few).rejects.toThrow('a batch of 2 cannot be divided among 3 sessions');
    const session = await ParallelTrainingSession.create({ ...options, sessions: 2, lowering: 'plain' });
    onTestFinished(() => session.dispose());
    await expect(session.step({ data: batch.data, targets: [] }, 0.1)).rejects.toThrow('no target for output 0');
    const short = { ...batch, data: batch.data.subarray(1) };
    await expect(session.step(short, 0.1)).rejects.toThrow(/data has \d+ numbers instead of/);
    await expect(async () => session.load({ weights: new Map() })).rejects.toThrow();
  });
});
