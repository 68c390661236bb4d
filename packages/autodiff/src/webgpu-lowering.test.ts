import { describe, expect, it } from 'vitest';
import { evaluate, randomNumbers } from '../test/evaluate.ts';
import { differentiate } from './differentiate.ts';
import { lower } from './lower.ts';
import { multiply } from './operators/elementwise.ts';
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
});
