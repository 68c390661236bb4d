import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, lowerings, readNetworkCase } from '../../test/goldens.ts';
import { PredictionSession } from './prediction-session.ts';

function softmax(
  logits: Float32Array,
  [samples, classes, ...size]: readonly [number, number, ...number[]],
): Float32Array {
  const voxels = sizeOf(size);
  const out = new Float32Array(logits.length);
  for (let n = 0; n < samples; n++) {
    for (let v = 0; v < voxels; v++) {
      const list = Array.from({ length: classes }, (_, c) => Math.exp(logits[(n * classes + c) * voxels + v]!));
      const total = list.reduce((a, b) => a + b);
      for (const [c, e] of list.entries()) out[(n * classes + c) * voxels + v] = e / total;
    }
  }
  return out;
}

describe.each(lowerings)('%s', (lowering) => {
  it.each(['2d', '3d'])("predicts the softmax of v1's network, %s", async (name) => {
    const { description, weights, input, outputs } = await readNetworkCase(name);
    const [count, , ...patchSize] = input.shape;
    const expected = softmax(outputs[0]!.data, outputs[0]!.shape);
    for (const batchSize of [1, 3]) {
      const session = await PredictionSession.create({ description, weights, patchSize, batchSize, lowering });
      const found = await session.predict(input.data, count);
      expect(difference(found, expected)).toBeLessThan(1e-5);
      await expect(session.predict(input.data, count + 1)).rejects.toThrow(RangeError);
      await session.dispose();
    }
  });
});

it('gives logits and sigmoids where asked', async () => {
  const { description, weights, input, outputs } = await readNetworkCase('2d');
  const [count, , ...patchSize] = input.shape;
  const run = async (nonlinearity: 'none' | 'sigmoid') => {
    const session = await PredictionSession.create({
      description,
      weights,
      patchSize,
      nonlinearity,
      lowering: 'plain',
    });
    const found = await session.predict(input.data, count);
    await session.dispose();
    return found;
  };
  expect(difference(await run('none'), outputs[0]!.data)).toBeLessThan(5e-5);
  expect(
    difference(
      await run('sigmoid'),
      outputs[0]!.data.map((v) => 1 / (1 + Math.exp(-v))),
    ),
  ).toBeLessThan(1e-5);
});
