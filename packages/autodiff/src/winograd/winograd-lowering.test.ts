import { expect, it, vi } from 'vitest';
import { evaluate, randomNumbers } from '../../test/evaluate.ts';
import { lower } from '../lower.ts';
import { OnnxGraph } from '../onnx/onnx-graph.ts';
import { convolution } from '../operators/convolution.ts';
import { constant, input } from '../operators/source.ts';
import { winogradLowering, winogradMemory } from './winograd-lowering.ts';

interface Layer {
  size: readonly number[];
  kernel: readonly number[];
  channels?: number;
  outputs?: number;
  samples?: number;
  bias?: boolean;
  stride?: number;
  padding?: readonly number[];
}

function layer({ size, kernel, channels = 12, outputs = 13, samples = 1, bias = true, stride = 1, padding }: Layer) {
  const x = input('x', [samples, channels, ...size]);
  const tensor = (shape: readonly number[], seed: number) => {
    const length = shape.reduce((a, b) => a * b, 1);
    return constant({ data: Float32Array.from(randomNumbers(length, seed)), shape: [...shape] });
  };
  const y = convolution(x, tensor([outputs, channels, ...kernel], 1), bias ? tensor([outputs], 2) : undefined, {
    stride: kernel.map(() => stride),
    padding: padding ?? kernel.map((k) => (k - 1) / 2),
  });
  return {
    y,
    values: {
      x: randomNumbers(
        x.shape.reduce((a, b) => a * b, 1),
        3,
      ),
    },
  };
}

/** The kernels of the convolutions that are written. */
function kernelsOf(y: ReturnType<typeof layer>['y']): string[] {
  const node = vi.spyOn(OnnxGraph.prototype, 'node');
  lower({ y }, { lowering: winogradLowering() });
  const kernels = node.mock.calls.flatMap(([type, , attributes]) =>
    type === 'Conv' ? [String(attributes!.kernel_shape)] : [],
  );
  node.mockRestore();
  return kernels;
}

it.each<[what: string, slabs: number, Layer]>([
  ['whole tiles', 1, { size: [8, 8, 16], kernel: [3, 3, 3] }],
  ['sizes that no tile divides, two samples', 1, { size: [9, 11, 11], kernel: [3, 3, 3], samples: 2 }],
  ['several runs in height and depth, no bias', 3, { size: [43, 37, 5], kernel: [3, 3, 3], bias: false }],
  ['slices of their own', 2, { size: [23, 18, 6], kernel: [1, 3, 3], samples: 2 }],
  ['a plane', 1, { size: [35, 31], kernel: [3, 3], samples: 2, channels: 14 }],
  ['a single slice', 1, { size: [1, 33, 32], kernel: [3, 3, 3] }],
])('computes the convolution of %s', async (_, slabs, options) => {
  const { y, values } = layer(options);
  const [expected, found] = [
    await evaluate({ y }, values),
    await evaluate({ y }, values, { lowering: winogradLowering() }),
  ];
  const greatest = Math.max(...expected.y!.map(Math.abs));
  const off = Math.max(...expected.y!.map((v, i) => Math.abs(v - found.y![i]!)));
  expect(off).toBeGreaterThan(0);
  expect(off).toBeLessThan(2e-5 * greatest);
  expect(kernelsOf(y)).toEqual(Array.from({ length: slabs }, () => '1,3'));
});

it.each<[what: string, kernel: string, Layer]>([
  ['strides', '3,3,3', { size: [21, 21, 21], kernel: [3, 3, 3], stride: 2 }],
  ['no padding', '3,3,3', { size: [13, 13, 13], kernel: [3, 3, 3], padding: [0, 0, 0] }],
  ['one tap', '1,1,1', { size: [8, 8, 16], kernel: [1, 1, 1] }],
  ['few channels', '3,3,3', { size: [8, 8, 16], kernel: [3, 3, 3], channels: 11 }],
  ['few outputs', '3,3,3', { size: [8, 8, 16], kernel: [3, 3, 3], outputs: 11 }],
  ['few voxels', '3,3,3', { size: [8, 8, 15], kernel: [3, 3, 3] }],
])('leaves convolutions with %s as they are', (_, kernel, options) => {
  expect(kernelsOf(layer(options).y)).toEqual([kernel]);
});

it('leaves weights that are inputs, and groups', () => {
  const [x, grouped] = [
    input('x', [1, 24, 8, 8, 16]),
    constant({ data: new Float32Array(24 * 12 * 27), shape: [24, 12, 3, 3, 3] }),
  ];
  const padding = [1, 1, 1];
  expect(kernelsOf(convolution(x, input('weights', [24, 24, 3, 3, 3]), undefined, { padding }))).toEqual(['3,3,3']);
  expect(kernelsOf(convolution(x, grouped, undefined, { padding, groups: 2 }))).toEqual(['3,3,3']);
});

it('tells what it takes in memory beside the plain form', () => {
  const { y } = layer({ size: [40, 32, 10], kernel: [3, 3, 3], channels: 12, outputs: 16, samples: 2 });
  // 108 numbers for 27 weights; two slabs of five tiles in depth, two runs of four in height.
  expect(winogradMemory(y)).toEqual({ weights: 81 * 12 * 16, values: 2 * 36 * 16 * (2 * 5 * 8 * 10) });
  const plane = layer({ size: [32, 40], kernel: [3, 3], channels: 16, outputs: 12 }).y;
  expect(winogradMemory(plane)).toEqual({ weights: 9 * 12 * 16, values: 2 * 6 * 16 * (8 * 40) });
  expect(winogradMemory(layer({ size: [8, 8, 15], kernel: [3, 3, 3] }).y)).toEqual({ weights: 0, values: 0 });
  expect(winogradMemory(y.inputs[0]!)).toEqual({ weights: 0, values: 0 });
});
