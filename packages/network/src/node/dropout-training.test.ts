import { existsSync } from 'node:fs';
import type { Expression } from '@nnunet/autodiff';
import { multiply, relu, subtract } from '@nnunet/autodiff/operators';
import { counterRandom, sizeOf } from '@nnunet/tensor';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { Architecture } from '../architecture.ts';
import { shippedArchitectures } from '../architecture-registry.ts';
import { describeNetwork } from '../describe-network.ts';
import { drawMasks } from '../dropout-masks.ts';
import type { Layers } from '../layers.ts';
import { diceAndCrossEntropy } from '../loss.ts';
import { outputShapes } from '../network-description.ts';
import type { Optimizer } from '../optimizer.ts';
import { buildTrainingStep } from '../training-step.ts';
import { ParallelTrainingSession } from './parallel-session.ts';
import { PredictionSession } from './prediction-session.ts';
import { TrainingSession } from './training-session.ts';

const built = existsSync(new URL('../../dist/node/graph-worker.js', import.meta.url));

class Dropping extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const wide = layers.dropout(layers.block(x, { name: 'wide', outputs: 16 }), 0.4);
    const more = layers.dropout(relu(layers.convolution(wide, { name: 'more', outputs: 8, kernel: 3 })), 0.1);
    return [layers.convolution(more, { name: 'head', outputs: this.settings.classes })];
  }
}

const patchSize = [8, 8];
const own = describeNetwork(tinyPlans(patchSize), 0, {
  variant: { architecture: 'Dropping', deepSupervision: false },
  architectures: shippedArchitectures.with(Dropping),
});
// As a model file has it.
const description = JSON.parse(JSON.stringify(own));
const data = counterRandom(1).fillNormal(new Float32Array(4 * 64));
const targets = outputShapes(description, patchSize, 4).map(([n, , ...size]) =>
  Uint8Array.from({ length: n * sizeOf(size) }, (_, i) => i % 3),
);
const batch = { data, targets };
const options = { description, patchSize, batchSize: 4, batchDice: false, seed: 3, threads: 1 } as const;

/** Its second output is not trained, nor is what comes before it: neither a target nor the mask is read. */
class Beside extends Architecture {
  override outputs(x: Expression, layers: Layers): Expression[] {
    const { classes: outputs, pools } = this.settings;
    const wide = layers.dropout(layers.block(x, { name: 'wide', outputs: 8 }), 0.3);
    const low = layers.dropout(layers.block(wide, { name: 'low', outputs: 8, stride: pools[0]! }), 0.5);
    return [
      layers.convolution(wide, { name: 'head', outputs }),
      layers.convolution(low, { name: 'lower', outputs, kernel: 3 }),
    ];
  }
}

/** An optimiser of one's own that does not read the learning rate. */
const steady: Optimizer = {
  name: 'steady',
  state: () => ({}),
  step: ({ weight, gradient }) => ({
    weight: gradient === undefined ? weight : subtract(weight, multiply(gradient, 0.1)),
    state: {},
  }),
};

it('draws whole channels, of mean 1, from seed, step and dropout alone', () => {
  const graph = buildTrainingStep({
    description,
    patchSize,
    batchSize: 2,
    loss: diceAndCrossEntropy({ batchDice: false }),
  });
  expect(graph.dropouts).toEqual([0.4, 0.1]);
  const draw = (seed: number, step: number) => drawMasks(graph, { size: 500, seed, step });
  const masks = draw(1, 7);
  expect([...masks].map(([, { length }]) => length)).toEqual([500 * 16, 500 * 8]);
  expect(new Set(masks.get(0))).toEqual(new Set([0, Math.fround(1 / 0.6)]));
  const mean = masks.get(0)!.reduce((sum, v) => sum + v, 0) / (500 * 16);
  expect(mean).toBeCloseTo(1, 1);
  expect(draw(1, 7)).toEqual(masks);
  for (const other of [draw(2, 7), draw(1, 8)]) expect(other.get(0)).not.toEqual(masks.get(0));
  expect(masks.get(0)!.subarray(0, 100)).not.toEqual(masks.get(1)!.subarray(0, 100));
});

describe('a training with dropout', () => {
  it('goes on after a break as without one, and depends on the number of the step', async () => {
    const whole = await TrainingSession.create(options);
    const first = await whole.step(batch, 0.01);
    const state = { weights: await whole.weights(), momenta: await whole.momenta() };
    const second = await whole.step(batch, 0.01);
    const resumed = await TrainingSession.create({ ...options, ...state });
    expect(await resumed.step(batch, 0.01, 1)).toEqual(second);
    expect(await resumed.weights()).toEqual(await whole.weights());
    resumed.load(state);
    expect(await resumed.step(batch, 0.01, 5)).not.toEqual(second);
    // With rate 0, only the dropout changes between steps.
    const [a, b] = [await whole.step(batch, 0, 0), await whole.step(batch, 0, 1)];
    expect(a.loss).not.toBe(b.loss);
    expect(first.loss).not.toBe(second.loss);
    await Promise.all([whole.dispose(), resumed.dispose()]);
  });

  it('evaluates and predicts without dropout', async () => {
    const session = await TrainingSession.create(options);
    const evaluation = await session.evaluate(batch);
    expect(await session.evaluate(batch)).toEqual(evaluation);
    const weights = await session.weights();
    const predictions = await PredictionSession.create({ description, weights, patchSize, batchSize: 2, threads: 1 });
    const softmax = await predictions.predict(data, 4);
    expect(await predictions.predict(data, 4)).toEqual(softmax);
    // The class of each voxel, as the evaluation counted it.
    const found = [0, 0];
    for (const [voxel, label] of targets[0]!.entries()) {
      const at = Math.floor(voxel / 64) * 3 * 64 + (voxel % 64);
      const scores = [0, 1, 2].map((c) => softmax[at + c * 64]!);
      if (label > 0 && scores.indexOf(Math.max(...scores)) === label) found[label - 1]!++;
    }
    expect(found).toEqual(evaluation.truePositives);
    await Promise.all([session.dispose(), predictions.dispose()]);
  });

  it.skipIf(!built)('drops the same channels in sessions that share the batch', async () => {
    const one = await TrainingSession.create(options);
    const two = await ParallelTrainingSession.create({ ...options, sessions: 2 });
    for (let i = 0; i < 3; i++) {
      const [expected, found] = [await one.step(batch, 0.05), await two.step(batch, 0.05)];
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(2e-6);
      // An evaluation in between takes nothing from the steps.
      await two.evaluate(batch);
    }
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it.skipIf(!built)(
    'needs no learning rate, mask or target that it does not read, in sessions that share a batch',
    async () => {
      const two = describeNetwork(tinyPlans(patchSize), 0, {
        variant: { architecture: 'Beside' },
        architectures: shippedArchitectures.with(Beside),
      });
      const both = { ...options, description: two, optimizer: steady, lossWeights: [1, 0] };
      const [one, many] = [
        await TrainingSession.create(both),
        await ParallelTrainingSession.create({ ...both, sessions: 2 }),
      ];
      const before = await many.weights();
      for (let i = 0; i < 2; i++) {
        const [expected, found] = [await one.step(batch, 0.05), await many.step(batch, 0.05)];
        expect(Math.abs(found.loss - expected.loss)).toBeLessThan(2e-6);
      }
      const [expected, found] = [await one.weights(), await many.weights()];
      for (const [name, { data }] of expected) {
        const difference = Math.max(...data.map((v, i) => Math.abs(v - found.get(name)!.data[i]!)));
        expect(difference, name).toBeLessThan(1e-6);
      }
      expect(found.get('head.weight')).not.toEqual(before.get('head.weight'));
      expect(found.get('lower.weight')).toEqual(before.get('lower.weight'));
      expect((await many.evaluate(batch)).loss).toBeCloseTo((await one.evaluate(batch)).loss, 5);
      await Promise.all([one.dispose(), many.dispose()]);
    },
  );
});
