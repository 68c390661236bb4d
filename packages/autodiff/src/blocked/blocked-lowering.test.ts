import { sizeOf } from '@nnunet/tensor';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile, randomNumbers } from '../../test/evaluate.ts';
import { differentiate } from '../differentiate.ts';
import * as ad from '../everything.fixture.ts';
import type { Expression } from '../expression.ts';
import { lower } from '../lower.ts';
import type { LoweringResult } from '../lowering.ts';
import { blockSizeOf, blockSizeProbe } from './block-size.ts';
import { blockedLowering } from './blocked-lowering.ts';

let block = 0;

beforeAll(async () => {
  const probe = blockSizeProbe();
  const session = await InferenceSession.create(probe.model);
  const { y } = await session.run({ x: new Tensor('float32', probe.input.data, probe.input.shape) });
  block = blockSizeOf(y!.data as Float32Array)!;
  expect([8, 16]).toContain(block);
});

type Build = (...inputs: Expression[]) => Expression;

/**
 * Values and all first gradients (of a weighted sum) in float64 by plain rules, and in float32 by blocked ones.
 * @returns what had no blocked form
 */
async function expectEqualLowerings(
  shapes: readonly number[][],
  build: Build,
  tolerance = 2e-5,
): Promise<LoweringResult['plain']> {
  const inputs = shapes.map((shape, i) => ad.input(`x${i}`, shape));
  const y = build(...inputs);
  const weights = ad.input('weights', y.shape);
  const gradients = differentiate(ad.sum(ad.multiply(y, weights)), inputs);
  const outputs = { y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };
  const feeds = Object.fromEntries(
    [...inputs, weights].map((e, i) => [
      i < inputs.length ? `x${i}` : 'weights',
      randomNumbers(sizeOf(e.shape), i + 1),
    ]),
  );
  const exact = await (await compile(outputs, { floatType: 'float64' }))(feeds);
  const blocked = await (await compile(outputs, { lowering: blockedLowering(block) }))(feeds);
  for (const [name, expected] of Object.entries(exact)) {
    const actual = blocked[name]!;
    let scale = 1e-3;
    for (const v of expected) scale = Math.max(scale, Math.abs(v));
    let difference = 0;
    expected.forEach((v, i) => {
      const d = Math.abs(v - actual[i]!);
      if (!(d <= difference)) difference = d;
    });
    expect(difference / scale, `${name} of ${Math.max(scale)}`).toBeLessThan(tolerance);
  }
  return lower(outputs, { lowering: blockedLowering(block) }).plain;
}

describe('convolutions and their gradients', () => {
  const axes = { same3: [3, 1, 1], same1: [1, 1, 0], half3: [3, 2, 1], half1: [1, 2, 0], half2: [2, 2, 0] } as const;
  type Axis = keyof typeof axes;
  const cases: [name: string, axes: Axis[], size: number[], batch: number, channels: [number, number]][] = [
    ['3x3x3, even depth', ['same3', 'same3', 'same3'], [6, 5, 7], 2, [16, 32]],
    ['3x3x3, odd depth', ['same3', 'same3', 'same3'], [5, 4, 6], 3, [16, 16]],
    ['3x3x3, one slice', ['same3', 'same3', 'same3'], [1, 4, 6], 2, [16, 16]],
    ['3x3x3, two slices', ['same3', 'same3', 'same3'], [2, 3, 3], 2, [32, 16]],
    ['3x3x3, one channel', ['same3', 'same3', 'same3'], [6, 5, 7], 2, [1, 16]],
    ['3x3x3, three channels', ['same3', 'same3', 'same3'], [4, 5, 7], 1, [3, 16]],
    ['3x3x3, channels filled', ['same3', 'same3', 'same3'], [4, 5, 6], 2, [20, 30]],
    ['3x3x3, few channels', ['same3', 'same3', 'same3'], [4, 5, 6], 2, [4, 5]],
    ['1x3x3, even', ['same1', 'same3', 'same3'], [4, 5, 6], 2, [16, 16]],
    ['1x3x3, odd', ['same1', 'same3', 'same3'], [3, 5, 6], 2, [16, 16]],
    ['3x1x3', ['same3', 'same1', 'same3'], [4, 5, 6], 2, [16, 16]],
    ['3x3x1', ['same3', 'same3', 'same1'], [3, 5, 6], 2, [16, 16]],
    ['1x1x1', ['same1', 'same1', 'same1'], [4, 5, 6], 2, [32, 3]],
    ['stride 2', ['half3', 'half3', 'half3'], [8, 6, 4], 2, [16, 32]],
    ['stride 2 to odd depth', ['half3', 'half3', 'half3'], [6, 6, 4], 1, [16, 16]],
    ['stride 2 to one slice', ['half3', 'half3', 'half3'], [2, 2, 2], 2, [16, 16]],
    ['stride 1x2x2', ['same3', 'half3', 'half3'], [4, 6, 4], 2, [16, 16]],
    ['stride 1x2x2 of 1x3x3', ['same1', 'half3', 'half3'], [3, 6, 4], 2, [16, 16]],
    ['stride 2x1x2', ['half3', 'same3', 'half3'], [4, 5, 4], 2, [16, 16]],
    ['kernel 1 stride 2', ['half1', 'half1', 'half3'], [4, 4, 4], 2, [16, 16]],
    ['kernel 2 stride 2', ['half2', 'half2', 'half2'], [4, 4, 6], 2, [16, 32]],
    ['kernel 1x2x2 stride 1x2x2', ['same1', 'half2', 'half2'], [4, 4, 6], 2, [16, 16]],
    ['two dimensions', ['same3', 'same3'], [7, 6], 5, [16, 32]],
    ['two dimensions, stride 2', ['half3', 'half3'], [8, 6], 3, [16, 32]],
    ['two dimensions, one channel', ['same3', 'same3'], [7, 6], 17, [1, 16]],
    // The first has several bands in blocks of 16, the second in blocks of 8.
    ['two dimensions, bands of few rows', ['same3', 'same3'], [12, 24], 16, [64, 64]],
    ['two dimensions, bands of many rows', ['same3', 'same3'], [24, 40], 16, [32, 32]],
    ['two dimensions, kernel 2 stride 2', ['half2', 'half2'], [8, 6], 3, [16, 16]],
  ];
  it.each(cases)('%s', async (_, names, size, batch, [channels, outputs]) => {
    const rules = names.map((name) => axes[name]);
    const geometry = { stride: rules.map((r) => r[1]), padding: rules.map((r) => r[2]) };
    const shapes = [
      [batch, channels, ...size],
      [outputs, channels, ...rules.map((r) => r[0])],
    ];
    await expectEqualLowerings(shapes, (x, w) => ad.convolution(x!, w!, undefined, geometry));
  });

  const depthwise: [
    name: string,
    kernel: number[],
    stride: number[],
    size: number[],
    batch: number,
    channels: number,
  ][] = [
    ['3x3x3, even depth', [3, 3, 3], [1, 1, 1], [6, 5, 7], 2, 32],
    ['3x3x3, odd depth', [3, 3, 3], [1, 1, 1], [5, 4, 6], 3, 16],
    ['5x3x5, channels filled', [5, 3, 5], [1, 1, 1], [4, 5, 6], 2, 20],
    ['3x7x3, few channels', [3, 7, 3], [1, 1, 1], [6, 4, 3], 2, 5],
    ['5x1x7, one slice', [5, 1, 7], [1, 1, 1], [1, 4, 6], 2, 16],
    ['1x3x3', [1, 3, 3], [1, 1, 1], [4, 5, 6], 2, 16],
    ['3x3x3, stride 2', [3, 3, 3], [2, 2, 2], [8, 6, 4], 2, 32],
    ['5x3x5, stride 2 to odd depth', [5, 3, 5], [2, 2, 2], [6, 6, 4], 1, 16],
    ['7x3x1, stride 2x2x1 to one slice', [7, 3, 1], [2, 2, 1], [2, 4, 4], 2, 16],
    ['5x3x3, stride 1x2x2', [5, 3, 3], [1, 2, 2], [3, 6, 4], 2, 16],
    ['kernel 2, stride 2', [2, 2, 2], [2, 2, 2], [4, 4, 6], 2, 16],
    ['two dimensions', [5, 7], [1, 1], [7, 6], 3, 16],
    ['two dimensions, stride 2', [3, 5], [2, 2], [8, 6], 3, 20],
  ];
  it.each(depthwise)('depthwise, %s', async (_, kernel, stride, size, batch, groups) => {
    const padding = kernel.map((k) => Math.floor((k - 1) / 2));
    const shapes = [[batch, groups, ...size], [groups, 1, ...kernel], [groups]];
    await expectEqualLowerings(shapes, (x, w, b) => ad.convolution(x!, w!, b!, { stride, padding, groups }));
  });

  const grouped: [name: string, channels: [number, number], groups: number, kernel: number[], stride: number[]][] = [
    ['two groups of whole blocks', [32, 64], 2, [3, 3, 3], [1, 1, 1]],
    ['groups that share blocks', [32, 32], 8, [3, 3, 3], [1, 1, 1]],
    ['groups that share blocks, stride 2', [32, 64], 4, [3, 3, 3], [2, 2, 2]],
    ['more outputs than channels', [16, 32], 16, [1, 3, 3], [1, 1, 1]],
    ['two dimensions', [32, 32], 4, [3, 3], [1, 2]],
  ];
  it.each(grouped)('in groups, %s', async (_, [channels, outputs], groups, kernel, stride) => {
    const size = [4, 6, 5].slice(0, kernel.length).map((n, i) => n + (stride[i] === 2 ? n % 2 : 0));
    const shapes = [
      [2, channels, ...size],
      [channels, channels, ...kernel.map(() => 1)],
      [outputs, channels / groups, ...kernel],
      [outputs],
    ];
    const geometry = { stride, padding: kernel.map((k) => (k - 1) / 2), groups };
    const plain = await expectEqualLowerings(shapes, (x, before, w, b) =>
      ad.convolution(ad.convolution(x!, before!), w!, b!, geometry),
    );
    expect(plain).toEqual({});
  });

  it('with a bias', async () => {
    const shapes = [[2, 16, 4, 5, 6], [20, 16, 3, 3, 3], [20]];
    await expectEqualLowerings(shapes, (x, w, b) => ad.convolution(x!, w!, b, { padding: [1, 1, 1] }));
  });

  it.each([[[2, 2, 2]], [[1, 2, 2]], [[2, 1, 2]]])('transposed with stride %s', async (kernel) => {
    for (const size of [
      [4, 3, 5],
      [3, 3, 5],
    ]) {
      const shapes = [
        [2, 32, ...size],
        [32, 16, ...kernel],
      ];
      await expectEqualLowerings(shapes, (x, w) => ad.transposedConvolution(x!, w!));
    }
  });

  it.each([
    [[0, 2, 3, 4], false],
    [[0, 2, 3, 4], true],
    [[2, 3, 4], false],
    [[0, 1, 2, 3], false],
    [[1], true],
  ])('summed over the axes %j, kept: %s', async (axes, keepDims) => {
    const shapes = [
      [2, 16, 4, 5, 6],
      [20, 16, 3, 3, 3],
    ];
    await expectEqualLowerings(shapes, (x, w) =>
      ad.sum(ad.convolution(x!, w!, undefined, { padding: [1, 1, 1] }), axes, keepDims),
    );
  });

  it('leaves other geometries to the plain rules and counts them', async () => {
    const shapes = [
      [1, 16, 5, 7, 6],
      [16, 16, 3, 5, 3],
      [16, 16, 1, 1, 1],
    ];
    const plain = await expectEqualLowerings(shapes, (x, w, before) =>
      ad.convolution(ad.convolution(x!, before!), w!, undefined, { stride: [2, 1, 2], padding: [1, 2, 0] }),
    );
    expect(plain).toEqual({ convolution: 1, convolutionWeightGradient: 1 });
  });

  it.each([
    [16, 16],
    [4, 4],
    [3, 16],
    [20, 16],
  ])('over a concatenation of %i and %i channels', async (a, b) => {
    const shapes = [
      [2, 16, 4, 5, 6],
      [a, 16, 3, 3, 3],
      [b, 16, 3, 3, 3],
      [16, a + b, 3, 3, 3],
    ];
    const padding = [1, 1, 1];
    await expectEqualLowerings(shapes, (x, w0, w1, w) => {
      const left = ad.convolution(x!, w0!, undefined, { padding });
      const right = ad.convolution(x!, w1!, undefined, { padding });
      return ad.convolution(ad.concat([left, right], 1), w!, undefined, { padding });
    });
  });

  it.each([0, 1, 2, 4])('concatenated along axis %i', async (axis) => {
    const shapes = [
      [2, 16, 4, 5, 6],
      [16, 16, 3, 3, 3],
      [16, 16, 3, 3, 3],
    ];
    const padding = [1, 1, 1];
    await expectEqualLowerings(shapes, (x, w0, w1) => {
      const parts = [w0!, w1!].map((w) => ad.convolution(x!, w, undefined, { padding }));
      return ad.concat(parts, axis);
    });
  });
});

describe('norms and activations', () => {
  it.each([
    [4, 1, 0.01],
    [3, 2, 0.01],
    [3, 2, 1],
    [1, 3, 0.2],
  ])('depth %i, batch %i, slope %d', async (depth, batch, negativeSlope) => {
    for (const channels of [16, 5]) {
      const shapes = [[batch, 3, depth, 5, 6], [channels, 3, 3, 3, 3], [channels], [channels]];
      await expectEqualLowerings(shapes, (x, w, gamma, beta) =>
        ad.instanceNorm(ad.convolution(x!, w!, undefined, { padding: [1, 1, 1] }), gamma!, beta!, { negativeSlope }),
      );
    }
  });

  it.each([
    [0, 2e-5],
    [5, 2e-4],
  ])('normalises inputs of mean %i and deviation 1', async (mean, tolerance) => {
    const shapes = [[2, 16, 4, 24, 20], [16, 16, 1, 1, 1], [16], [16]];
    await expectEqualLowerings(
      shapes,
      (x, w, gamma, beta) =>
        ad.instanceNorm(ad.convolution(ad.add(x!, mean), w!), gamma!, beta!, { negativeSlope: 0.01 }),
      tolerance,
    );
  });

  it('adds and activates', async () => {
    const shapes = [
      [2, 16, 4, 5, 6],
      [16, 16, 3, 3, 3],
    ];
    await expectEqualLowerings(shapes, (x, w) => {
      const y = ad.convolution(x!, w!, undefined, { padding: [1, 1, 1] });
      return ad.leakyRelu(ad.add(ad.leakyRelu(y, 0.1), ad.convolution(y, w!, undefined, { padding: [1, 1, 1] })), 0.01);
    });
  });
});

/** Operands of a value (2, 20, 4, 5, 6) in channel blocks, the last of which is not full. */
const operands: Record<string, number[]> = {
  'equal shape': [2, 20, 4, 5, 6],
  'a scalar': [],
  'a map': [2, 1, 4, 5, 6],
  'numbers per channel': [1, 20, 1, 1, 1],
  'numbers per sample and channel': [2, 20, 1, 1, 1],
  'a row': [6],
};
const image = [2, 16, 4, 5, 6];

/** A function of a value in channel blocks, whose result is needed in blocks too. */
async function expectBlocked(
  shapes: readonly number[][],
  build: Build,
  { channels = 20, tolerance = 2e-5, plain = {} }: { channels?: number; tolerance?: number; plain?: object } = {},
) {
  const all = [image, [channels, 16, 1, 1, 1], [16, channels, 1, 1, 1], ...shapes];
  const left = await expectEqualLowerings(
    all,
    (x, before, after, ...rest) => ad.convolution(build(ad.convolution(x!, before!), ...rest), after!),
    tolerance,
  );
  expect(left).toEqual(plain);
}

describe('elementwise operators', () => {
  const binary: Record<string, (a: Expression, b: Expression) => Expression> = {
    add: ad.add,
    subtract: ad.subtract,
    multiply: ad.multiply,
    divide: (a, b) => ad.divide(a, ad.add(ad.exp(b), 1)),
  };
  it.each(Object.keys(operands))('of a value and %s', async (name) => {
    await expectBlocked(
      [operands[name]!],
      (y, b) => {
        const results = Object.values(binary).flatMap((op) => [
          op(y!, b!),
          ...(op === binary.divide ? [] : [op(b!, y!)]),
        ]);
        return results.reduce((sum, z) => ad.add(sum, z));
      },
      { tolerance: 1e-4, plain: ['equal shape', 'a row'].includes(name) ? expect.anything() : {} },
    );
  });

  it('maximum', async () => {
    await expectBlocked([], (y) => ad.maximum(ad.multiply(y!, 2), ad.square(y!)));
  });

  it.each([ad.negate, ad.exp, ad.square, ad.sigmoid, ad.softplus, ad.tanh, ad.erf, ad.gelu, ad.silu])(
    '%o',
    async (op) => {
      await expectBlocked([], (y) => op(y!));
    },
  );

  it('log and sqrt of whole blocks', async () => {
    const channels = 16;
    await expectBlocked([], (y) => ad.add(ad.log(ad.exp(y!)), ad.sqrt(ad.add(ad.square(y!), 1))), { channels });
  });

  it('gates a value with a map', async () => {
    await expectBlocked([[1, 20, 1, 1, 1]], (y, gate) => ad.multiply(y!, ad.sigmoid(ad.convolution(y!, gate!))));
  });

  it('normalises over channels', async () => {
    await expectBlocked([[20], [20]], (y, gamma, beta) => ad.layerNorm(y!, gamma!, beta!, { axes: [1] }));
  });

  it('weighs channels by their means', async () => {
    await expectBlocked([], (y) => ad.multiply(y!, ad.sigmoid(ad.mean(y!, [2, 3, 4], true))));
  });
});

it.each([
  [[7, 5, 9], 'linear'],
  [[2, 10, 3], 'linear'],
  [[8, 5, 6], 'nearest'],
] as const)('interpolates to %j, %s', async (size, mode) => {
  await expectBlocked([], (y) => ad.interpolate(y!, size, { mode }));
});

it.each([[[2, 5, 3]], [[1, 5, 2]], [[4, 1, 2]]])('averages boxes of %s in channel blocks', async (kernel) => {
  await expectBlocked([], (y) => ad.averagePool(y, kernel));
});
