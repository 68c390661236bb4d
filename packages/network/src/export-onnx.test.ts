import type { Expression } from '@nnunet/autodiff';
import { interpolate } from '@nnunet/autodiff/operators';
import { tinyPlans } from '@nnunet/testing';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { difference, greatest } from '../test/goldens.ts';
import { hashed, readVariant, variantNames } from '../test/variants.ts';
import { Architecture } from './architecture.ts';
import { shippedArchitectures } from './architecture-registry.ts';
import { describeNetwork } from './describe-network.ts';
import { exportInferenceOnnx } from './export-onnx.ts';
import type { Layers } from './layers.ts';
import { PredictionSession } from './node/prediction-session.ts';
import { initialiseWeights } from './parameters.ts';

async function run(model: Uint8Array, data: Float32Array, shape: number[]): Promise<Tensor> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  expect(session.inputNames).toEqual(['data']);
  const { output } = await session.run({ data: new Tensor('float32', data, shape) });
  await session.release();
  return output!;
}

describe.each(variantNames)('%s', (name) => {
  it('is the network, for one size or any', async () => {
    const { description, weights, input, size, expected } = await readVariant(name);
    const reference = expected('eval0').data;
    const shape = [2, description.inputChannels, ...size];
    const fixed = { patchSize: size, batchSize: 2 };
    const logits = { description, weights, nonlinearity: 'none' } as const;
    for (const options of [logits, { ...logits, ...fixed }]) {
      const output = await run(exportInferenceOnnx(options), input, shape);
      const own = (output.data as Float32Array).subarray(0, reference.length);
      expect(difference(own, reference)).toBeLessThan(1e-4 * greatest(reference));
    }
  });
});

it('takes patches of other sizes and gives probabilities', async () => {
  const { description, weights, size } = await readVariant('v2_residual_3d');
  const larger = size.map((n, i) => n * (i + 1));
  const data = hashed(3, 2 * larger.reduce((a, b) => a * b));
  const shape = [1, 2, ...larger];
  const output = await run(exportInferenceOnnx({ description, weights }), data, shape);
  expect(output.dims).toEqual([1, 3, ...larger]);
  const probabilities = output.data as Float32Array;
  const voxels = probabilities.length / 3;
  for (let i = 0; i < voxels; i += 97) {
    expect(probabilities[i]! + probabilities[i + voxels]! + probabilities[i + 2 * voxels]!).toBeCloseTo(1, 5);
  }
  const fixed = exportInferenceOnnx({ description, weights, patchSize: larger });
  expect(difference((await run(fixed, data, shape)).data as Float32Array, probabilities)).toBeLessThan(5e-5);
});

it('gives sigmoids where asked, whatever the form, and names its axes', async () => {
  for (const name of ['batch_2d', 'v2_residual_3d']) {
    const { description, weights, input, size } = await readVariant(name);
    const shape = [1, description.inputChannels, ...size];
    const data = input.subarray(0, input.length / 2);
    const of = async (nonlinearity: 'none' | 'sigmoid', patchSize?: number[]) => {
      const own = { description, weights, nonlinearity, ...(patchSize && { patchSize }) };
      return (await run(exportInferenceOnnx(own), data, shape)).data as Float32Array;
    };
    const expected = (await of('none')).map((v) => 1 / (1 + Math.exp(-v)));
    expect(difference(await of('sigmoid'), expected)).toBeLessThan(1e-6);
    // One patch a run where nothing else is said.
    expect(difference(await of('sigmoid', size), expected)).toBeLessThan(1e-5);
    const text = Buffer.from(exportInferenceOnnx({ description, weights })).toString('latin1');
    expect(['batch', 'depth', 'height', 'width'].filter((axis) => text.includes(axis))).toEqual(
      size.length === 2 ? ['batch', 'height', 'width'] : ['batch', 'depth', 'height', 'width'],
    );
  }
});

it("writes the network of an architecture of one's own for the patch of the plans", async () => {
  class Halving extends Architecture {
    override outputs(x: Expression, layers: Layers): Expression[] {
      const half = layers.block(x, { name: 'half', outputs: 8, stride: 2 });
      const whole = interpolate(half, x.shape.slice(2), { mode: 'nearest' });
      return [layers.convolution(whole, { name: 'head', outputs: 3 })];
    }
  }
  const description = describeNetwork(tinyPlans([8, 16]), 0, {
    variant: { architecture: 'Halving', deepSupervision: false, norm: 'batch' },
    architectures: shippedArchitectures.with(Halving),
  });
  const weights = initialiseWeights(description, 1);
  const data = hashed(4, 8 * 16);
  const output = await run(exportInferenceOnnx({ description, weights }), data, [1, 1, 8, 16]);
  expect(output.dims).toEqual([1, 3, 8, 16]);
  const session = await PredictionSession.create({ description, weights, patchSize: [8, 16] });
  expect(difference(output.data as Float32Array, await session.predict(data))).toBeLessThan(1e-5);
  await session.dispose();
});
