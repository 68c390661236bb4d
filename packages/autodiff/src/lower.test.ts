import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile, evaluate } from '../test/evaluate.ts';
import { differentiate } from './differentiate.ts';
import type { Expression } from './expression.ts';
import { lower } from './lower.ts';
import type { LoweringContext, LoweringFactory } from './lowering.ts';
import { add, exp, multiply, square, subtract } from './operators/elementwise.ts';
import { equal } from './operators/labels.ts';
import { concat } from './operators/layout.ts';
import { sum } from './operators/reduction.ts';
import { constant, input } from './operators/source.ts';

/** Runs a graph without inputs and returns its values as they are. */
async function run64(outputs: Record<string, Expression>) {
  const graph = lower(outputs);
  const session = await InferenceSession.create(graph.model, { logSeverityLevel: 3 });
  const results = await session.run({});
  const out = Object.fromEntries(Object.entries(results).map(([name, t]) => [name, t.data as BigInt64Array]));
  return { graph, out };
}

describe('lower', () => {
  it('lists inputs and outputs with shapes and types', () => {
    const x = input('x', [2, 3]);
    const labels = input('labels', [2], 'int64');
    const graph = lower({ y: exp(x), total: sum(x), labels2: labels });
    expect(graph.inputs).toEqual([
      { name: 'x', shape: [2, 3], type: 'float32' },
      { name: 'labels', shape: [2], type: 'int64' },
    ]);
    expect(graph.outputs).toEqual([
      { name: 'y', shape: [2, 3], type: 'float32' },
      { name: 'total', shape: [], type: 'float32' },
      { name: 'labels2', shape: [2], type: 'int64' },
    ]);
    expect(lower({ y: exp(x) }, { floatType: 'float64' }).inputs[0]!.type).toBe('float64');
  });

  it('gives one value under several names, and an input as an output', async () => {
    const x = input('x', [2]);
    const y = add(x, 1);
    const out = await evaluate({ a: y, b: y, same: x }, { x: [1, 2] });
    expect(Object.values(out).map((v) => [...v])).toEqual([
      [2, 3],
      [2, 3],
      [1, 2],
    ]);
  });

  it('stores constants, large and small, in either precision', async () => {
    const large = constant({ data: Float32Array.from({ length: 40 }, (_, i) => i / 2), shape: [40] }, 'table');
    const y = add(multiply(large, constant({ data: Float64Array.of(2), shape: [1] })), input('x', []));
    for (const floatType of ['float32', 'float64'] as const) {
      const { out } = await evaluate({ out: y }, { x: [0.5] }, { floatType });
      expect([...out!]).toEqual(Array.from({ length: 40 }, (_, i) => i + 0.5));
    }
  });

  it('keeps whole numbers whole', async () => {
    const indices = constant({ data: BigInt64Array.of(3n, 2n ** 53n), shape: [2] });
    const list = constant({ data: BigInt64Array.from({ length: 20 }, (_, i) => BigInt(i)), shape: [20] });
    expect([indices.type, list.type, add(indices, 4).type]).toEqual(['int64', 'int64', 'int64']);
    const { graph, out } = await run64({ more: add(indices, 4), total: sum(list), equal: equal(indices, indices) });
    expect(graph.outputs.map((p) => p.type)).toEqual(['int64', 'int64', 'bool']);
    expect([...out.more!, ...out.total!].map(String)).toEqual(['7', '9007199254740996', '190']);
    expect(() => add(indices, input('x', [2]))).toThrow('add of int64 and float');
    expect(() => equal(indices, input('x', [2]))).toThrow(TypeError);
    expect(() => concat([indices, input('x', [2])], 0)).toThrow(TypeError);
  });

  it.each<[string, () => Record<string, Expression>]>([
    ['inputs', () => ({ y: add(input('same', [2]), input('same', [2])) })],
    [
      'stored tensors',
      () => {
        const stored = (value: number) => constant({ data: new Float32Array(20).fill(value), shape: [20] }, 'same');
        return { y: add(stored(1), stored(2)) };
      },
    ],
    ['an input and another output', () => ({ same: exp(input('same', [2])) })],
  ])('refuses two of one name: %s', (_, build) => {
    expect(() => lower(build())).toThrow('two values of the graph are named "same"');
  });

  it('leaves out what no output needs', () => {
    const x = input('x', [2]);
    const unused = exp(input('never', [2]));
    expect(unused.shape).toEqual([2]);
    expect(lower({ y: exp(x) }).inputs.map((p) => p.name)).toEqual(['x']);
  });
});

describe('a lowering of its own', () => {
  /** Keeps squares as their roots' names, and squares them when the ordinary value is asked for. */
  function lazySquares(log: string[]): LoweringFactory {
    return (context: LoweringContext) => {
      const roots = new Map<number, string>();
      return {
        emit(e: Expression) {
          if (e.op !== 'square') return false;
          log.push(`emit, ${context.consumers(e).length} consumers, output ${context.isOutput(e)}`);
          roots.set(e.id, context.plain(e.inputs[0]!));
          return true;
        },
        toPlain(e: Expression) {
          log.push('toPlain');
          const root = roots.get(e.id)!;
          return context.graph.node('Mul', [root, root]);
        },
      };
    };
  }

  it('is asked for the ordinary value once, and only where it is needed', async () => {
    const log: string[] = [];
    const x = input('x', [2]);
    const y = square(x);
    const run = await compile({ a: add(y, 1), b: multiply(y, y), y }, { lowering: lazySquares(log) });
    const out = await run({ x: [2, 3] });
    expect([...out.a!, ...out.b!, ...out.y!]).toEqual([5, 10, 16, 81, 4, 9]);
    expect(log).toEqual(['emit, 2 consumers, output true', 'toPlain']);
  });
});

it('runs the example of the README', async () => {
  const [x, w, y] = [input('x', [3]), input('w', [3]), input('y', [])];
  const loss = square(subtract(sum(multiply(x, w)), y));
  const [gradient] = differentiate(loss, [w]);
  const out = await evaluate(
    { loss, next: subtract(w, multiply(0.1, gradient!)) },
    { x: [1, 2, 3], w: [1, 1, 1], y: [5] },
  );
  expect(out.loss![0]).toBe(1);
  [0.8, 0.6, 0.4].forEach((v, i) => {
    expect(out.next![i]).toBeCloseTo(v, 6);
  });
});
