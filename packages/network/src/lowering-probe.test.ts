import { blockedLowering, type Expression, type Lowering, type LoweringContext } from '@nnunet/autodiff';
import { describe, expect, it } from 'vitest';
import { blockSize } from './choose-lowering.ts';
import { probeDifferences } from './lowering-probe.ts';
import { nodeRuntime } from './node/node-runtime.ts';

/** Norms with the variance as the mean of squares less the square of the mean, in float32. */
const lossyNorms = ({ graph, plain, float }: LoweringContext): Lowering => {
  const values = new Map<number, string>();
  return {
    emit(e: Expression) {
      if (e.op !== 'instanceNorm') return false;
      const [x, gamma, beta] = e.inputs.map(plain) as [string, string, string];
      const axes = e.shape.slice(2).map((_, i) => i + 2);
      const node = (type: string, ...inputs: string[]) => graph.node(type, inputs);
      const mean = (value: string) => graph.node('ReduceMean', [value], { axes, keepdims: 1 });
      const perChannel = (value: string) =>
        node('Reshape', value, graph.constant([1, e.shape[1]!, ...axes.map(() => 1)], 'int64'));
      const middle = mean(x);
      const variance = node('Max', node('Sub', mean(node('Mul', x, x)), node('Mul', middle, middle)), float(0));
      const deviation = node('Sqrt', node('Add', variance, float(e.attributes.epsilon)));
      const scaled = node('Mul', node('Div', node('Sub', x, middle), deviation), perChannel(gamma));
      const z = node('Add', scaled, perChannel(beta));
      values.set(e.id, graph.node('LeakyRelu', [z], { alpha: { float: e.attributes.negativeSlope } }));
      return true;
    },
    toPlain: (e) => values.get(e.id)!,
  };
};

/** Norms whose results, made by the plain rules, are multiplied. */
const scaledNorms =
  (factor: number) =>
  (context: LoweringContext): Lowering => {
    const { emit, toPlain } = lossyNorms(context);
    return { emit, toPlain: (e) => context.graph.node('Mul', [toPlain(e), context.float(factor)]) };
  };

it('measures differences by the greatest entry, and notices NaN', async () => {
  const of = async (factor: number) => probeDifferences(nodeRuntime, scaledNorms(factor), 'prediction');
  // the channels far from zero are lossy: their difference is not the factor's alone
  expect((await of(3))['a norm of channels far from zero']).toBeCloseTo(2, 1);
  expect((await of(1.5))['a norm of channels far from zero']).toBeCloseTo(0.5, 1);
  for (const difference of Object.values(await of(Number.NaN))) expect(difference).toBeNaN();
});

/** What a probe computes: sizes, kernels and strides of its convolutions, and those of its norms. */
async function probed(use: 'training' | 'prediction') {
  const found = new Set<string>();
  const recording = (): Lowering => ({
    emit({ op, shape, inputs, attributes }: Expression) {
      const kernel = inputs[1]?.shape;
      if (op === 'convolution') found.add(`convolution ${inputs[0]!.shape} by ${kernel} / ${attributes.stride}`);
      if (op === 'instanceNorm') found.add(`norm ${shape}, ${attributes.epsilon}, ${attributes.negativeSlope}`);
      return false;
    },
    toPlain: () => '',
  });
  await probeDifferences(nodeRuntime, recording, use);
  return [...found].sort();
}

it('tries odd and even sizes, anisotropic kernels and strides, and channels that do not fill a block', async () => {
  const convolutions = [
    '2,1,6,12,8 by 12,1,1,3,3 / 1,1,1',
    // of the channels far from zero
    '2,12,6,12,8 by 12,12,1,1,1 / 1,1,1',
    '2,12,6,12,8 by 12,12,1,3,3 / 1,1,1',
    '2,12,6,12,8 by 12,12,3,3,3 / 1,1,1',
    // head
    '2,12,6,12,8 by 2,12,1,1,1 / 1,1,1',
    '2,12,6,12,8 by 24,12,3,3,3 / 1,2,2',
    '2,24,6,12,8 by 12,24,3,3,3 / 1,1,1',
    '2,24,6,6,4 by 24,24,3,3,3 / 1,1,1',
    '2,24,6,6,4 by 32,24,3,3,3 / 2,2,2',
    '2,32,3,3,2 by 32,32,3,3,3 / 1,1,1',
    '2,48,6,6,4 by 24,48,3,3,3 / 1,1,1',
  ];
  const norms = [
    '2,12,6,12,8, 0.00001, 0.01',
    // of the channels far from zero
    '2,12,6,12,8, 0.00001, 1',
    '2,24,6,6,4, 0.00001, 0.01',
    '2,32,3,3,2, 0.00001, 0.01',
  ];
  expect(await probed('prediction')).toEqual([
    ...convolutions.map((line) => `convolution ${line}`),
    ...norms.map((line) => `norm ${line}`),
  ]);
});

describe.each(['training', 'prediction'] as const)('for %s', (use) => {
  it('finds the blocked operators right, with room for other processors', async () => {
    const block = await blockSize(nodeRuntime);
    if (block === undefined) return;
    for (const difference of Object.values(await probeDifferences(nodeRuntime, blockedLowering(block), use))) {
      expect(difference).toBeLessThan(3e-4);
    }
  });

  it('finds a norm that loses the digits of channels far from zero', async () => {
    const differences = await probeDifferences(nodeRuntime, lossyNorms, use);
    expect(differences['a small network']).toBeLessThan(1e-3);
    expect(differences['a norm of channels far from zero']).toBeGreaterThan(1e-2);
  });
});
