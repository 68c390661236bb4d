import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { blockedLowering } from './blocked/blocked-lowering.ts';
import { differentiate } from './differentiate.ts';
import * as ad from './everything.fixture.ts';
import { ExecutionOrder } from './execution-order.ts';
import type { Expression } from './expression.ts';
import { OnnxGraph } from './onnx/onnx-graph.ts';

it.each(['int64', 'float32'] as const)(
  'waits with a zero of type %s that depends on all results noted',
  async (type) => {
    const graph = new OnnxGraph();
    const order = new ExecutionOrder(graph);
    expect(order.wait(type)).toBeUndefined();
    for (const [name, shape] of [
      ['x', [2, 3]],
      ['y', [4]],
    ] as const)
      order.record(graph.input(name, shape));
    const zero = order.wait(type)!;
    expect(order.wait(type)).toBeUndefined();
    graph.output('zero', zero, [1], type);
    const session = await InferenceSession.create(graph.encode());
    expect(session.inputNames).toEqual(['x', 'y']);
    const feeds = {
      x: new Tensor('float32', Float32Array.of(5, 6, 7, 8, 9, 10), [2, 3]),
      y: new Tensor('float32', Float32Array.of(-1, 2, 3, 4), [4]),
    };
    const { zero: found } = await session.run(feeds);
    expect([found!.dims, Number(found!.data[0]) + 0]).toEqual([[1], 0]);
  },
);

/** What the values of a graph are computed from, by their names. */
function dependencies(outputs: Record<string, Expression>, lowering?: ReturnType<typeof blockedLowering>) {
  const nodes = vi.spyOn(OnnxGraph.prototype, 'nodeWithOutputs');
  const results = vi.spyOn(OnnxGraph.prototype, 'output');
  onTestFinished(() => void vi.restoreAllMocks());
  ad.lower(outputs, lowering === undefined ? {} : { lowering });
  const inputsOf = new Map<string, readonly string[]>();
  nodes.mock.calls.forEach(([, inputs], i) => {
    for (const name of nodes.mock.results[i]!.value as string[]) inputsOf.set(name, inputs);
  });
  const values = new Map(results.mock.calls.map(([name, value]) => [name, value]));
  return (output: string): Set<string> => {
    const seen = new Set<string>();
    const stack = [values.get(output)!];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      if (seen.has(name)) continue;
      seen.add(name);
      stack.push(...(inputsOf.get(name) ?? []));
    }
    return seen;
  };
}

describe.each([
  ['plain', undefined],
  ['blocked', blockedLowering(16)],
] as const)('the backward pass, %s', (_, lowering) => {
  const padding = [1, 1, 1];
  const x = ad.input('x', [1, 16, 4, 6, 6]);
  const [w0, w1, w2] = [0, 1, 2].map((i) => ad.input(`w${i}`, [16, 16, 3, 3, 3])) as [
    Expression,
    Expression,
    Expression,
  ];
  const [gamma, beta] = [ad.input('gamma', [16]), ad.input('beta', [16])];

  /** Whether the second value is computed from all that the weight gradient is made of, but for its last shape. */
  function waits(dependsOn: ReturnType<typeof dependencies>, earlier: string, later: string): boolean {
    const [before, after] = [dependsOn(earlier), dependsOn(later)];
    // Reshapes and the like of the result itself need not be waited for.
    return [...before].filter((name) => !after.has(name)).length <= 3;
  }

  it('computes the weight gradient of a layer before it goes on below the next one', () => {
    const convolved = [w0, w1, w2].reduce((y, w) => ad.convolution(y, w, undefined, { padding }), x);
    const [first, last] = differentiate(ad.sum(ad.square(convolved)), [w0, w2]) as [Expression, Expression];
    const dependsOn = dependencies({ first, last }, lowering);
    expect(waits(dependsOn, 'last', 'first')).toBe(true);
    expect(waits(dependsOn, 'first', 'last')).toBe(false);
  });

  it('computes it before it goes on below a norm', () => {
    const below = ad.convolution(x, w1, undefined, { padding });
    const normed = ad.instanceNorm(below, gamma, beta, { negativeSlope: 0.01 });
    const y = ad.convolution(normed, w2, undefined, { padding });
    const [first, second] = differentiate(ad.sum(ad.square(y)), [w1, w2]) as [Expression, Expression];
    expect(waits(dependencies({ first, second }, lowering), 'second', 'first')).toBe(true);
  });
});
