import { differentiate } from '@nnunet/autodiff';
import { constant, input, mean, multiply } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, evaluate, factoryOf, greatest, lowerings } from '../test/goldens.ts';
import { readVariant, variantNames } from '../test/variants.ts';
import { buildForward, total } from './forward.ts';
import { buildInference } from './inference-graph.ts';
import type { BatchStatistics } from './layers.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { byInputName, names } from './network-graph.ts';
import { parameterShapes } from './parameters.ts';
import { buildTrainingStep } from './training-step.ts';

describe.each(variantNames)('%s', (name) => {
  it('has the parameters of the PyTorch network, in its order', async () => {
    const { description, parameters } = await readVariant(name);
    const shapes = parameterShapes(description).map((p) => [p.name, p.shape]);
    expect(shapes).toEqual(Object.entries(parameters).map(([key, [shape]]) => [key, shape]));
  });

  it.each(lowerings)('predicts what PyTorch predicts, %s', async (lowering) => {
    const { description, weights, input: data, size, expected } = await readVariant(name);
    const options = { description, weights, patchSize: size, batchSize: 2, nonlinearity: 'none' } as const;
    const factory = factoryOf(lowering);
    const { output } = await evaluate(buildInference(options).outputs, { data }, { lowering: factory });
    const reference = expected('eval0').data;
    expect(difference(output!.subarray(0, reference.length), reference)).toBeLessThan(1e-4 * greatest(reference));
  });

  it.each(lowerings)('has the outputs and gradients of PyTorch in training, %s', async (lowering) => {
    const { description, weights, input: data, size, gradients, factors, expected } = await readVariant(name);
    const lookup = new Map([...weights].map(([key, { shape }]) => [key, input(key, shape)] as const));
    const statistics: BatchStatistics[] = [];
    const onBatchStatistics = (s: BatchStatistics) => statistics.push(s);
    const x = input('data', [2, 2, ...size]);
    const outputs = buildForward(description, x, (key) => lookup.get(key)!, { onBatchStatistics });
    const loss = total(
      outputs.map((y, i) => {
        const length = y.shape.reduce((a, b) => a * b);
        return mean(multiply(y, constant({ data: factors(i, length), shape: y.shape })));
      }),
    );
    const slopes = differentiate(
      loss,
      gradients.map((g) => lookup.get(g.name)!),
    );
    const feeds = { data, ...Object.fromEntries([...weights].map(([key, t]) => [key, t.data])) };
    const named = Object.fromEntries(slopes.map((e, i) => [`g:${gradients[i]!.name}`, e]));
    const factory = factoryOf(lowering);
    const out = await evaluate(
      { ...named, ...Object.fromEntries(outputs.map((e, i) => [`y${i}`, e])) },
      feeds,
      factory === undefined ? {} : { lowering: factory },
    );
    for (const [i] of outputs.entries()) {
      const reference = (
        description.norm === 'batch' ? (i === 0 ? expected('train0') : undefined) : expected(`eval${i}`)
      )?.data;
      if (reference === undefined) continue;
      const own = out[`y${i}`]!.subarray(0, reference.length);
      expect(difference(own, reference), `output ${i}`).toBeLessThan(1e-4 * greatest(reference));
    }
    const largest = Math.max(...gradients.map((g) => g.norm));
    for (const { name: key, product, norm, factors: own } of gradients) {
      const slope = out[`g:${key}`]!;
      const found = slope.reduce((sum, v, i) => sum + v * own[i]!, 0);
      const tolerance = 1e-4 * norm + 1e-6 * largest;
      expect(Math.abs(found - product), key).toBeLessThan(tolerance);
      expect(Math.abs(Math.hypot(...slope) - norm), key).toBeLessThan(tolerance);
    }
    expect(statistics.length > 0).toBe(description.norm === 'batch');
  });
});

it.each(['batch_2d', 'residual_batch_3d'])('keeps running statistics as PyTorch does: %s', async (name) => {
  const { description, weights, input: data, size, expected } = await readVariant(name);
  const step = buildTrainingStep({
    description,
    patchSize: size,
    batchSize: 2,
    loss: diceAndCrossEntropy({ batchDice: true }),
  });
  const zeros = ({ shape }: { shape: readonly number[] }) => new Float32Array(sizeOf(shape));
  const feeds = byInputName({
    data,
    targets: new Map([...step.inputs.targets].map(([i, target]) => [i, zeros(target)] as const)),
    weights: new Map([...weights].map(([key, t]) => [key, t.data] as const)),
    momenta: new Map([...weights].map(([key, t]) => [key, zeros(t)] as const)),
    learningRate: Float32Array.of(0),
  });
  const out = await evaluate(step.outputs, feeds);
  const statistics = parameterShapes(description).filter((p) => p.statistic);
  expect(statistics.length).toBeGreaterThan(0);
  for (const { name: key } of statistics) {
    const reference = expected(`after.${key}`).data;
    expect(difference(out[names.next.weights(key)]!, reference), key).toBeLessThan(
      1e-5 * Math.max(1, greatest(reference)),
    );
    expect(Object.keys(out)).not.toContain(names.next.momenta(key));
  }
});
