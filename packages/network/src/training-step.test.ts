import { expect, it } from 'vitest';
import { difference, evaluate, greatest, readNetworkCase } from '../test/goldens.ts';
import { diceAndCrossEntropy } from './loss.ts';
import {
  buildGradients,
  buildSums,
  buildTrainingStep,
  buildUpdateStep,
  names,
  type StepOptions,
} from './training-step.ts';

it.each([false, true])(
  'is the same in one piece and cut over parts of the batch (batch Dice %s)',
  async (batchDice) => {
    const { description, input, targets, weights } = await readNetworkCase('2d');
    const [batchSize, , ...patchSize] = input.shape;
    const loss = diceAndCrossEntropy({ batchDice });
    const whole: StepOptions = { description, patchSize, batchSize, loss };
    const state = {
      ...Object.fromEntries([...weights].map(([name, t]) => [names.weight(name), t.data])),
      ...Object.fromEntries([...weights].map(([name, t]) => [names.momentum(name), t.data.map((v) => v / 8)])),
      [names.learningRate]: [0.05],
    };
    const samples = (first: number, count: number) => {
      const part = (data: Float32Array) =>
        data.subarray((first * data.length) / batchSize, ((first + count) * data.length) / batchSize);
      const labels = targets.map((t, i) => [names.target(i), part(t.data)] as const);
      const options: StepOptions = { ...whole, batchSize: count, totalBatchSize: batchSize };
      return { options, feeds: { ...state, [names.data]: part(input.data), ...Object.fromEntries(labels) } };
    };
    const expected = await evaluate(buildTrainingStep(whole), samples(0, batchSize).feeds);

    const parts = [samples(0, 1), samples(1, batchSize - 1)];
    const addUp = ([a, b]: Record<string, Float64Array>[], name: string) => a[name].map((v, i) => v + b[name][i]);
    const sums = await Promise.all(parts.map(({ options, feeds }) => evaluate(buildSums(options), feeds)));
    const totals = Object.fromEntries(
      Object.keys(sums[0]).map((name) => [name.replace(/^sum/, 'total'), addUp(sums, name)]),
    );
    const backward = await Promise.all(
      parts.map(({ options, feeds }) => evaluate(buildGradients(options), { ...feeds, ...totals })),
    );
    const gradients = Object.fromEntries(
      Object.keys(backward[0]).flatMap((name) => (name === names.loss ? [] : [[name, addUp(backward, name)]])),
    );
    const updated = await evaluate(buildUpdateStep(whole), { ...state, ...gradients });

    expect(backward[0].loss[0]).toBeCloseTo(expected.loss[0], 5);
    expect(backward[1].loss[0]).toBe(backward[0].loss[0]);
    expect([...Object.keys(updated), 'loss'].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(updated)) {
      expect(difference(values, expected[name]), name).toBeLessThan(1e-5 * greatest(expected[name]) + 1e-7);
    }
  },
);

it('neither computes nor changes the head of an output without weight', async () => {
  const { description, input } = await readNetworkCase('2d');
  const options = {
    description,
    patchSize: input.shape.slice(2),
    batchSize: 1,
    loss: diceAndCrossEntropy({ batchDice: false }),
  };
  const outputs = Object.keys(buildTrainingStep(options));
  expect(outputs).toContain('next-weight:seg_outputs.1.weight');
  expect(outputs).not.toContain('next-weight:seg_outputs.0.weight');
  expect(Object.keys(buildTrainingStep({ ...options, lossWeights: [1, 1, 1] }))).toContain(
    'next-weight:seg_outputs.0.weight',
  );
});

it('moves a bias before a norm by decay and momentum alone', async () => {
  const { description, input, targets, weights } = await readNetworkCase('2d');
  const [batchSize, , ...patchSize] = input.shape;
  const bias = 'conv_blocks_context.0.blocks.0.conv.bias';
  const outputs = buildTrainingStep({
    description,
    patchSize,
    batchSize,
    loss: diceAndCrossEntropy({ batchDice: false }),
  });
  const start = Float32Array.of(1, -2, 3, 4);
  const feeds = {
    ...Object.fromEntries([...weights].map(([name, t]) => [names.weight(name), t.data])),
    ...Object.fromEntries([...weights].map(([name, t]) => [names.momentum(name), new Float32Array(t.data.length)])),
    ...Object.fromEntries(targets.map((t, i) => [names.target(i), t.data])),
    [names.data]: input.data,
    [names.learningRate]: [0.5],
    [names.weight(bias)]: start,
  };
  const out = await evaluate(outputs, feeds);
  [...start].forEach((w, i) => {
    expect(out[names.nextMomentum(bias)][i]).toBeCloseTo(3e-5 * w, 9);
    expect(out[names.nextWeight(bias)][i]).toBeCloseTo(w - 0.5 * (3e-5 * w + 0.99 * 3e-5 * w), 6);
  });
});
