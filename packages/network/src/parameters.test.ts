import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { folderOf, networkCases, readNetworkCase } from '../test/goldens.ts';
import { readVariant } from '../test/variants.ts';
import type { NetworkDescription } from './network-description.ts';
import { type ParameterStart, startValues } from './network-parameter.ts';
import { initialiseWeights, parameterShapes, redrawConvolutions, trainableShapes } from './parameters.ts';

describe.each(networkCases)('%s', (name) => {
  it.skipIf(!folderOf(`${name}.json`))('has the parameters of the PyTorch network, in its order', async () => {
    const { description, parametersInOrder } = await readNetworkCase(name);
    expect(parameterShapes(description)).toEqual(parametersInOrder);
  });
});

const hippocampus: NetworkDescription = {
  architecture: 'Generic_UNet',
  dimension: 3,
  inputChannels: 1,
  classes: 3,
  features: [32, 64, 128, 256],
  pools: [0, 1, 2].map(() => [2, 2, 2]),
  kernels: [0, 1, 2, 3].map(() => [3, 3, 3]),
  convolutionsPerStage: 2,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};

it('counts 5602944 parameters for the Hippocampus network', () => {
  expect(parameterShapes(hippocampus).reduce((n, { shape }) => n + sizeOf(shape), 0)).toBe(5602944);
});

it("draws weights of He's deviation, the same for the same seed", () => {
  const weights = initialiseWeights(hippocampus, 7);
  const moments = (name: string) => {
    const { data } = weights.get(name)!;
    const mean = data.reduce((a, b) => a + b) / data.length;
    return { mean, deviation: Math.sqrt(data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length) };
  };
  for (const [name, fan] of [
    ['conv_blocks_localization.0.0.blocks.0.conv.weight', 256 * 27],
    ['conv_blocks_context.1.blocks.1.conv.weight', 64 * 27],
    // (256, 128, 2, 2, 2): PyTorch counts the second axis
    ['tu.0.weight', 128 * 8],
  ] as const) {
    const { mean, deviation } = moments(name);
    const expected = Math.sqrt(2 / (1 + 0.01 ** 2) / fan);
    expect(Math.abs(deviation / expected - 1), name).toBeLessThan(0.01);
    expect(Math.abs(mean / expected), name).toBeLessThan(0.01);
  }
  expect(new Set(weights.get('conv_blocks_context.0.blocks.0.instnorm.weight')!.data)).toEqual(new Set([1]));
  expect(new Set(weights.get('conv_blocks_context.0.blocks.0.conv.bias')!.data)).toEqual(new Set([0]));
  const name = 'seg_outputs.2.weight';
  expect(initialiseWeights(hippocampus, 7).get(name)).toEqual(weights.get(name));
  expect(initialiseWeights(hippocampus, 8).get(name)).not.toEqual(weights.get(name));
});

it('draws parameters of your own from the distribution that they name', () => {
  const drawn = (start: ParameterStart) => startValues({ name: 'p', shape: [10_000], start }, 4);
  const mean = (list: Float32Array, of = (v: number) => v) => list.reduce((sum, v) => sum + of(v), 0) / list.length;
  // The variance is limit² / 3.
  const uniform = drawn({ uniform: 0.3 });
  expect(Math.max(...uniform.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.3));
  expect(mean(uniform)).toBeCloseTo(0, 2);
  expect(mean(uniform, (v) => v * v)).toBeCloseTo(0.03, 3);
  const normal = drawn({ normal: 0.2 });
  expect(mean(normal)).toBeCloseTo(0, 2);
  expect(mean(normal, (v) => v * v)).toBeCloseTo(0.04, 2);
  expect(new Set(drawn(7))).toEqual(new Set([7]));
  expect(startValues({ name: 'p', shape: [2], start: { values: [1, 2] } }, 4)).toEqual(Float32Array.of(1, 2));
});

it('starts norms before residual sums at 0, running variances at 1, and gives statistics no momenta', async () => {
  const { description } = await readVariant('residual_batch_3d');
  const quiet = { ...description, initialisation: { zeroResidualNorms: true } };
  const weights = initialiseWeights(quiet, 1);
  const block = 'encoder.stages.1.convs.0';
  const first = (name: string) => weights.get(`${block}.${name}`)!.data[0];
  expect([first('norm1.weight'), first('norm2.weight'), first('downsample_skip.1.weight')]).toEqual([1, 0, 1]);
  expect([first('norm1.running_mean'), first('norm1.running_var')]).toEqual([0, 1]);
  expect(initialiseWeights(description, 1).get(`${block}.norm2.weight`)!.data[0]).toBe(1);
  expect(trainableShapes(quiet).map(({ name }) => name)).toEqual(
    [...weights.keys()].filter((name) => !name.includes('running')),
  );
});

it('starts norms before the residual sums of v2 at 0, all others at 1', async () => {
  const { description } = await readVariant('v2_residual_3d');
  const weights = initialiseWeights(description, 1);
  const norms = [...weights].filter(([name]) => /norm\.weight$/.test(name));
  expect(norms.length).toBeGreaterThan(5);
  for (const [name, { data }] of norms) {
    expect(new Set(data), name).toEqual(new Set([name.includes('.conv2.norm.') ? 0 : 1]));
  }
});

it("draws for the slope that is given, else for the network's own", () => {
  const name = 'conv_blocks_context.0.blocks.1.conv.weight';
  const deviation = (changed: Partial<NetworkDescription>) => {
    const { data } = initialiseWeights({ ...hippocampus, features: [32, 4, 4, 4], ...changed }, 7).get(name)!;
    return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
  };
  const relu = deviation({ negativeSlope: 0 });
  // sqrt(2 / (1 + slope²) / fan)
  expect(deviation({ negativeSlope: 0.5 }) / relu).toBeCloseTo(1 / Math.sqrt(1.25), 6);
  expect(deviation({ negativeSlope: 0.5, initialisation: { slope: 0 } })).toBe(relu);
  expect(relu / Math.sqrt(2 / (32 * 27))).toBeCloseTo(1, 1);
});

it("draws convolutions anew as for a leaky ReLU of 0.01, whatever the network's own nonlinearity", () => {
  const relu = { ...hippocampus, features: [4, 4, 4, 4], negativeSlope: 0 };
  const usual = { ...relu, negativeSlope: 0.01 };
  const weights = initialiseWeights(relu, 1);
  expect(redrawConvolutions(relu, weights, 3)).toEqual(redrawConvolutions(usual, weights, 3));
  expect(redrawConvolutions(relu, weights, 3)).toEqual(initialiseWeights(usual, 3));
  expect(initialiseWeights(relu, 3)).not.toEqual(initialiseWeights(usual, 3));
});

it('draws convolutions anew and keeps norms', async () => {
  const { description, weights } = await readVariant('residual_batch_3d');
  const redrawn = redrawConvolutions(description, weights, 3);
  expect([...redrawn.keys()]).toEqual([...weights.keys()]);
  for (const [name, { data }] of redrawn) {
    const same = data.every((v, i) => v === weights.get(name)!.data[i]);
    expect(same, name).toBe(/norm|downsample_skip\.1/.test(name));
  }
});
