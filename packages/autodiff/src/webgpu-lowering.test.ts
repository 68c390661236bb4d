import { describe, expect, it, vi } from 'vitest';
import { evaluate, randomNumbers } from '../test/evaluate.ts';
import { differentiate } from './differentiate.ts';
import { lower } from './lower.ts';
import { OnnxGraph } from './onnx/onnx-graph.ts';
import { convolution } from './operators/convolution.ts';
import { multiply, square } from './operators/elementwise.ts';
import { sum } from './operators/reduction.ts';
import { logSoftmax } from './operators/softmax.ts';
import { input } from './operators/source.ts';
import { webgpuLowering } from './webgpu-lowering.ts';

const shape = [2, 3, 4, 5];
const x = input('x', shape);
const y = logSoftmax(x, 1);
const value = sum(multiply(y, input('factors', shape)));
const outputs = { y, value, gradient: differentiate(value, [x])[0]! };

const operators = (options: Parameters<typeof lower>[1]) =>
  Buffer.from(lower(outputs, options).model).toString('latin1');

describe('the lowering for WebGPU', () => {
  it('writes no LogSoftmax', () => {
    expect(operators({})).toContain('LogSoftmax');
    expect(operators({ lowering: webgpuLowering })).not.toContain('LogSoftmax');
  });

  it('gives the same numbers, also for logits far from zero', async () => {
    const factors = randomNumbers(120, 1);
    for (const scale of [1, 80]) {
      const feeds = { x: randomNumbers(120, 2).map((v) => scale * v), factors };
      const [expected, found] = [
        await evaluate(outputs, feeds),
        await evaluate(outputs, feeds, { lowering: webgpuLowering }),
      ];
      for (const [name, list] of Object.entries(expected)) {
        const greatest = Math.max(...list.map(Math.abs));
        for (const [i, v] of list.entries()) expect(Math.abs(found[name]![i]! - v)).toBeLessThan(1e-5 * greatest);
      }
    }
  });

  it.each([1, 2])('writes 3D convolutions in groups as 2D ones, stride %i', async (stride) => {
    const [volume, weights, bias] = [
      input('volume', [2, 4, 5, 6, 4]),
      input('weights', [6, 2, 3, 3, 3]),
      input('bias', [6]),
    ];
    const geometry = { stride: [stride, 1, stride], padding: [1, 1, 0], groups: 2 };
    const result = convolution(volume, weights, bias, geometry);
    const [dx, dw] = differentiate(sum(square(result)), [volume, weights]);
    const graphs = { result, dx: dx!, dw: dw! };
    const feeds = { volume: randomNumbers(960, 1), weights: randomNumbers(324, 2), bias: randomNumbers(6, 3) };
    const [expected, found] = [
      await evaluate(graphs, feeds),
      await evaluate(graphs, feeds, { lowering: webgpuLowering }),
    ];
    for (const [name, list] of Object.entries(expected)) {
      const greatest = Math.max(...list.map(Math.abs));
      for (const [i, v] of list.entries()) expect(Math.abs(found[name]![i]! - v)).toBeLessThan(1e-5 * greatest);
    }
    const node = vi.spyOn(OnnxGraph.prototype, 'node');
    lower(graphs, { lowering: webgpuLowering });
    const kernels = node.mock.calls.flatMap(([type, , attributes]) =>
      type === 'Conv' ? [attributes!.kernel_shape] : [],
    );
    node.mockRestore();
    expect(kernels.length).toBeGreaterThan(3);
    for (const kernel of kernels) expect(kernel).toHaveLength(2);
  });
});
