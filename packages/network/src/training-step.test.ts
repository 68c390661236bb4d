import { expect, it } from 'vitest';
import { evaluate, readNetworkCase } from '../test/goldens.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { byInputName, names } from './network-graph.ts';
import { buildTrainingStep } from './training-step.ts';

it('neither computes nor changes the head of an output without weight', async () => {
  const { description, input } = await readNetworkCase('2d');
  const options = {
    description,
    patchSize: input.shape.slice(2),
    batchSize: 1,
    loss: diceAndCrossEntropy({ batchDice: false }),
  };
  const outputs = (lossWeights?: number[]) =>
    Object.keys(buildTrainingStep({ ...options, ...(lossWeights === undefined ? {} : { lossWeights }) }).outputs);
  expect(outputs()).toContain('next-weight:seg_outputs.1.weight');
  expect(outputs()).not.toContain('next-weight:seg_outputs.0.weight');
  expect(outputs([1, 1, 1])).toContain('next-weight:seg_outputs.0.weight');
});

it('moves a bias before a norm by decay and momentum alone', async () => {
  const { description, input, targets, weights } = await readNetworkCase('2d');
  const [batchSize, , ...patchSize] = input.shape;
  const bias = 'conv_blocks_context.0.blocks.0.conv.bias';
  const { outputs } = buildTrainingStep({
    description,
    patchSize,
    batchSize,
    loss: diceAndCrossEntropy({ batchDice: false }),
  });
  const start = Float32Array.of(1, -2, 3, 4);
  const all = [...weights].map(([name, { data }]) => [name, data] as const);
  const feeds = byInputName({
    data: input.data,
    targets: new Map(targets.map(({ data }, i) => [i, data] as const)),
    weights: new Map([...all, [bias, start]]),
    momenta: new Map(all.map(([name, data]) => [name, new Float32Array(data.length)] as const)),
    learningRate: Float32Array.of(0.5),
  });
  const out = await evaluate(outputs, feeds);
  [...start].forEach((w, i) => {
    expect(out[names.next.momenta(bias)]![i]).toBeCloseTo(3e-5 * w, 9);
    expect(out[names.next.weights(bias)]![i]).toBeCloseTo(w - 0.5 * (3e-5 * w + 0.99 * 3e-5 * w), 6);
  });
});
