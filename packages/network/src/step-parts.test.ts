import { expect, it } from 'vitest';
import { difference, evaluate, greatest, readNetworkCase } from '../test/goldens.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { byInputName, names } from './network-graph.ts';
import { buildGradients, buildLoss, buildSums, buildUpdateStep } from './step-parts.ts';
import { buildTrainingStep, type StepOptions } from './training-step.ts';

it.each([false, true])(
  'is the same in one piece and cut over parts of the batch (batch Dice %s)',
  async (batchDice) => {
    const { description, input, targets, weights } = await readNetworkCase('2d');
    const [batchSize, , ...patchSize] = input.shape;
    const whole: StepOptions = { description, patchSize, batchSize, loss: diceAndCrossEntropy({ batchDice }) };
    const state = byInputName({
      weights: new Map([...weights].map(([name, { data }]) => [name, data] as const)),
      momenta: new Map([...weights].map(([name, { data }]) => [name, data.map((v) => v / 8)] as const)),
      learningRate: Float32Array.of(0.05),
    });
    const samples = (first: number, count: number) => {
      const part = (data: Float32Array) =>
        data.subarray((first * data.length) / batchSize, ((first + count) * data.length) / batchSize);
      const batch = { data: part(input.data), targets: new Map(targets.map((t, i) => [i, part(t.data)] as const)) };
      const options: StepOptions = { ...whole, batchSize: count, totalBatchSize: batchSize };
      return { options, feeds: { ...state, ...byInputName(batch) } };
    };
    const expected = await evaluate(buildTrainingStep(whole).outputs, samples(0, batchSize).feeds);

    const parts = [samples(0, 1), samples(1, batchSize - 1)];
    type Results = Record<string, Float64Array>;
    const addUp = ([a, b]: [Results, Results], name: string) => a[name]!.map((v, i) => v + b[name]![i]!);
    const run = async (
      build: typeof buildGradients | typeof buildSums,
      more: Results = {},
    ): Promise<[Results, Results]> => {
      const [first, second] = await Promise.all(
        parts.map(({ options, feeds }) => evaluate(build(options).outputs, { ...feeds, ...more })),
      );
      return [first!, second!];
    };
    const sums = await run(buildSums);
    const loss = buildLoss(whole);
    const keys = [...loss.inputs.totals.keys()];
    expect(Object.keys(sums[0])).toEqual(keys.map(names.sums));
    const totals = byInputName({ totals: new Map(keys.map((key) => [key, addUp(sums, names.sums(key))] as const)) });
    const backward = await run(buildGradients, totals);
    // A Dice of samples needs nothing of the other parts: one run gives gradients and sums.
    expect([...buildGradients(whole).inputs.totals.keys()]).toEqual(batchDice ? keys : []);
    for (const name of keys.map(names.sums)) expect(backward[0][name]).toEqual(batchDice ? undefined : sums[0][name]);
    const update = buildUpdateStep(whole);
    const gradients = [...update.inputs.gradients.keys()].map(
      (key) => [key, addUp(backward, names.gradients(key))] as const,
    );
    const updated = await evaluate(update.outputs, { ...state, ...byInputName({ gradients: new Map(gradients) }) });
    const { loss: found } = await evaluate(loss.outputs, totals);

    expect(found![0]).toBeCloseTo(expected.loss![0]!, 5);
    expect([...Object.keys(updated), names.loss].sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(updated)) {
      expect(difference(values, expected[name]!), name).toBeLessThan(1e-5 * greatest(expected[name]!) + 1e-7);
    }
  },
);
