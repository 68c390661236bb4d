import { expect, it } from 'vitest';
import { evaluate, readNetworkCase } from '../test/goldens.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { buildTrainingStep, names } from './training-step.ts';

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
