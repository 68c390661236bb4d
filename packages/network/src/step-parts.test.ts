import { expect, it } from 'vitest';
import { difference, evaluate, greatest, readNetworkCase } from '../test/goldens.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { buildGradients, buildLoss, buildSums, buildUpdateStep } from './step-parts.ts';
import { buildTrainingStep, names, type StepOptions } from './training-step.ts';

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
    // A Dice of samples needs nothing of the other parts: one run gives gradients and sums.
    const own = Object.keys(sums[0]).filter((name) => name in backward[0]);
    expect(own).toEqual(batchDice ? [] : Object.keys(sums[0]));
    for (const name of own) expect(backward[0][name]).toEqual(sums[0][name]);
    const gradients = Object.fromEntries(Object.keys(backward[0]).map((name) => [name, addUp(backward, name)]));
    const updated = await evaluate(buildUpdateStep(whole), { ...state, ...gradients });
    const { loss: found } = await evaluate(buildLoss(whole), totals);

    expect(found[0]).toBeCloseTo(expected.loss[0], 5);
    expect([...Object.keys(updated), 'loss'].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(updated)) {
      expect(difference(values, expected[name]), name).toBeLessThan(1e-5 * greatest(expected[name]) + 1e-7);
    }
  },
);
