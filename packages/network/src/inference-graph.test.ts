import type { Expression } from '@nnunet/autodiff';
import { concat, constant, convolution, input, instanceNorm, transposedConvolution } from '@nnunet/autodiff/operators';
import { isNnUNetError } from '@nnunet/errors';
import type { Tensor } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, evaluate, factoryOf, lowerings, readArrays, readNetworkCase } from '../test/goldens.ts';
import { buildInference } from './inference-graph.ts';

/** The fixed network of the fixtures: a block, a strided block, up-convolution, joining, a block, a head. */
function fixedNetwork(x: Expression, weights: Map<string, Tensor>): Expression {
  const w = (name: string) => constant(weights.get(name)!, name);
  const each = (n: number) => x.shape.slice(2).map(() => n);
  const block = (value: Expression, i: number, stride: number) => {
    const y = convolution(value, w(`c${i}_weight`), w(`c${i}_bias`), { stride: each(stride), padding: each(1) });
    return instanceNorm(y, w(`n${i}_weight`), w(`n${i}_bias`), { negativeSlope: 0.01 });
  };
  const a = block(x, 0, 1);
  const up = transposedConvolution(block(a, 1, 2), w('up_weight'));
  return convolution(block(concat([up, a], 1), 2, 1), w('out_weight'));
}

describe.each(lowerings)('%s', (lowering) => {
  it.each(['2d', '3d'])('computes the logits of ONNX Runtime for %s', async (name) => {
    const forward = await readArrays(`${name}_forward.npz`);
    const [data, logits] = [forward.get('input')!, forward.get('logits')!];
    const weights = await readArrays(`net_${name}_weights.npz`);
    const factory = factoryOf(lowering);
    const output = fixedNetwork(input('data', data.shape), weights);
    const out = await evaluate({ output }, { data: data.data }, factory === undefined ? {} : { lowering: factory });
    expect(output.shape).toEqual(logits.shape);
    expect(difference(out.output!, logits.data)).toBeLessThan(5e-5);
  });
});

it('names a weight that is missing or of another shape', async () => {
  const { description, weights } = await readNetworkCase('2d');
  const build = (changed: Map<string, Tensor>) => () =>
    buildInference({ description, weights: changed, patchSize: [32, 32], batchSize: 1 });
  const missing = new Map(weights);
  missing.delete('tu.0.weight');
  for (const bad of [missing, new Map([...weights, ['tu.0.weight', { data: new Float32Array(1), shape: [1] }]])]) {
    try {
      build(bad)();
      expect.unreachable();
    } catch (error) {
      expect(isNnUNetError(error, 'bad-weights')).toBe(true);
      expect((error as Error).message).toContain('tu.0.weight');
    }
  }
});
