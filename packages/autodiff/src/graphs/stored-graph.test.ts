import { expect, it } from 'vitest';
import * as ad from '../everything.fixture.ts';
import type { Expression } from '../expression.ts';
import { nodeForms } from './node-forms.ts';
import { atSizes, type Json, withSizes } from './sizes.ts';
import { readGraph, storeGraph } from './stored-graph.ts';

const throughJson = (outputs: readonly Expression[], input = (e: Expression) => e) =>
  readGraph(JSON.parse(JSON.stringify(storeGraph(outputs))), input);

/** What expressions consist of, by their places in the graph. */
function contents(outputs: readonly Expression[]) {
  const list = ad.reachable(outputs);
  const at = new Map(list.map(({ id }, i) => [id, i]));
  return list.map(({ inputs, op, attributes, shape, type }) => ({
    op,
    attributes,
    shape,
    type,
    inputs: inputs.map(({ id }) => at.get(id)),
  }));
}

/** A graph with every operator: built, and differentiated twice. */
function everyOperator(): Expression[] {
  const x = ad.input('x', [2, 4, 6, 6]);
  const weights = ad.input('weights', [4, 2, 3, 3]);
  const [gamma, beta] = [ad.input('gamma', [4]), ad.input('beta', [4])];
  const geometry = { padding: [1, 1], stride: [2, 2], groups: 2 };
  const y = ad.instanceNorm(ad.convolution(x, weights, beta, geometry), gamma, beta, { negativeSlope: 0.1 });
  const steps = [
    ad.negate,
    ad.exp,
    ad.sqrt,
    ad.square,
    ad.log,
    ad.sigmoid,
    ad.softplus,
    ad.tanh,
    ad.erf,
    ad.gelu,
    ad.mish,
  ];
  const z = steps.reduce((value, step) => step(value), y);
  const labels = ad.argMax(z, 1);
  const hot = ad.oneHot(ad.concat([labels, ad.add(labels, 1)], 2), 4);
  const up = ad.interpolate(ad.averagePool(ad.maxPool(z, [3, 3]), [1, 1]), [6, 3], { mode: 'linear' });
  const joined = ad.concat([up, ad.divide(hot, ad.maximum(ad.subtract(hot, 0.5), 0.1))], 3);
  const product = ad.matmul(ad.transpose(joined, [0, 1, 3, 2]), ad.leakyRelu(joined, 0.2));
  const loss = ad.sum(ad.multiply(ad.softmax(product, 3), ad.logSoftmax(product, 2)));
  const [dx, dweights] = ad.differentiate(loss, [x, weights, gamma, beta]);
  const same = ad.cast(ad.equal(labels, labels), 'float');
  const through = ad.convolutionWeightGradient(x, ad.expand(ad.sum(same, [1], true), [2, 4, 3, 3]), {
    ...geometry,
    kernel: [3, 3],
  });
  const positive = ad.cast(ad.greater(z, ad.constant(0)), 'float');
  const padded = ad.pad(ad.slice(positive, [0, 1, 0, 1], [2, 2, 1, 2]), [0, 1, 0, 0], [0, 1, 0, 0]);
  return [loss, dx!, dweights!, through, padded, ad.constant({ data: BigInt64Array.of(2n ** 60n), shape: [1] })];
}

it('reads what it stores, of every operator', () => {
  const outputs = everyOperator();
  expect([...new Set(ad.reachable(outputs).map(({ op }) => op))].sort()).toEqual(Object.keys(nodeForms).sort());
  expect(contents(throughJson(outputs))).toEqual(contents(outputs));
});

it('stores constants exactly', () => {
  const arrays = [
    Float64Array.of(-0, 0.1),
    Float32Array.of(0.1, 3),
    Float32Array.from({ length: 1000 }, (_, i) => i / 7),
    BigInt64Array.of(-1n, 2n ** 62n),
    Uint8Array.of(1, 2, 255),
  ];
  for (const data of arrays) {
    const [read] = throughJson([ad.constant({ data, shape: [data.length] }, 'named')]);
    expect(read!.attributes).toEqual({ value: { data, shape: [data.length] }, name: 'named' });
  }
});

it('puts expressions of the same shape in place of inputs', () => {
  const graph = storeGraph([ad.add(ad.input('a', [2, 3]), 1)]);
  const mine = ad.input('mine', [2, 3]);
  expect(readGraph(graph, () => mine)[0]!.inputs[0]).toBe(mine);
  expect(() => readGraph(graph, () => ad.input('a', [3, 2]))).toThrow('a has the shape 3x2, not 2x3');
});

const node = (op: string, inputs: unknown, attributes: unknown = {}) => ({
  nodes: [
    { op: 'input', attributes: { name: 'x', shape: [2, 3] } },
    { op: 'cast', inputs: [0], attributes: { type: 'int64' } },
    { op, inputs, attributes },
  ],
  outputs: [2],
});

it.each([
  ['no graph', null, 'nodes and outputs'],
  ['an unknown operator', node('toString', [0]), 'there is no operator "toString"'],
  ['a node that comes later', node('exp', [2]), 'node 2 reads node 2'],
  ['a fraction of a node', node('exp', [0.5]), 'node 2 reads node 0.5'],
  ['no list of inputs', node('exp', 0), 'numbers of nodes expected'],
  ['too many inputs', node('exp', [0, 0]), 'exp of 2 inputs'],
  ['integers where floats belong', node('exp', [1]), 'exp of int64: cast it first'],
  [
    'truth values where numbers belong',
    { nodes: [...node('equal', [0, 0]).nodes, { op: 'add', inputs: [2, 2] }], outputs: [3] },
    'add of bool: cast it first',
  ],
  ['a negative axis', node('sum', [0], { axes: [-1], keepDims: true }), 'sum has invalid axes'],
  ['a missing attribute', node('leakyRelu', [0]), 'leakyRelu has invalid slope'],
  ['an infinite attribute', node('leakyRelu', [0], { slope: Number.NaN }), 'leakyRelu has invalid slope'],
  ['another shape', node('reshape', [0], { shape: [7] }), 'reshape of 2x3 to 7'],
  [
    'too many elements',
    node('input', [], { name: 'y', shape: [2 ** 20, 2 ** 20] }),
    'input has 1099511627776 elements',
  ],
  ['base64 of other characters', node('constant', [], { shape: [1], base64: '%' }), 'no base64'],
  ['half a number', node('constant', [], { dtype: 'float32', shape: [1], base64: 'AAAA' }), 'float32 has 3 bytes'],
  // 0x7fc00000, little endian.
  ['NaN', node('constant', [], { dtype: 'float32', shape: [1], base64: 'AADAfw==' }), 'a constant is not finite'],
  ['too few numbers', node('constant', [], { shape: [2], values: [1] }), 'has 1 elements'],
  ['an output that is not a node', { nodes: [], outputs: [0] }, 'reads node 0'],
])('refuses %s', (_, damaged, message) => {
  expect(() => readGraph(damaged, (e) => e)).toThrow(message);
});

/** A network-like graph of a batch and a patch. */
const sized = ({ N, Y, X }: { N: number; Y: number; X: number }) => {
  const x = ad.input('x', [N, 3, Y, X]);
  const flat = ad.reshape(x, [N * 3, (Y / 2) * X, 2]);
  return [ad.mean(flat), ad.mean(ad.averagePool(x, [2, 2]), [2, 3]), ad.pad(x, [0, 0, 0, 0], [0, 0, Y, 1])];
};
const example = (sizes: { N: number; Y: number; X: number }, make: (at: typeof sizes) => Expression[] = sized) => ({
  sizes,
  data: storeGraph(make(sizes)) as unknown as Json,
});
const trials = [
  { N: 2, Y: 8, X: 6 },
  { N: 4, Y: 8, X: 6 },
  { N: 2, Y: 16, X: 6 },
  { N: 2, Y: 8, X: 12 },
  { N: 3, Y: 24, X: 30 },
] as const;

it('finds how a graph depends on sizes, and makes it for others', () => {
  const [first, ...more] = trials.map((sizes) => example(sizes));
  const found = JSON.parse(JSON.stringify(withSizes([first!, ...more])));
  const other = { N: 7, Y: 10, X: 22 };
  expect(atSizes(found, other)).toEqual(example(other).data);
});

it.each<[number, (at: { N: number; Y: number; X: number }) => number, boolean]>([
  [1, ({ Y }) => Y ** 4, true],
  [2, ({ Y }) => Y ** 5, false],
  [3, ({ X }) => 1 / X ** 4, true],
  [4, ({ N, Y, X }) => 1 / (N * Y * X) ** 2, true],
  [5, ({ Y, X }) => 5 / (Y * X), true],
  [6, ({ Y, X }) => 13 / (Y * X), true],
  [7, ({ Y, X }) => 17 / (Y * X), false],
  [8, ({ N }) => Math.sqrt(N), false],
])('finds a number that is a product of few sizes, or a fraction with a small numerator: %i', (_, of, is) => {
  const [first, ...more] = trials.map((sizes) => ({ sizes, data: [of(sizes)] as Json }));
  const found = withSizes([first!, ...more]);
  expect(found !== undefined).toBe(is);
  const other = { N: 7, Y: 10, X: 22 };
  if (is) expect((atSizes(found!, other) as number[])[0]! / of(other)).toBeCloseTo(1, 14);
});

it.each([
  ['a sum of sizes', ({ N, Y, X }: { N: number; Y: number; X: number }) => [ad.input('x', [N + 1, Y, X])]],
  ['other operators', ({ Y }: { Y: number }) => [Y > 8 ? ad.exp(ad.constant(1)) : ad.log(ad.constant(1))]],
  ['more operators', ({ N }: { N: number }) => [N > 2 ? ad.exp(ad.exp(ad.constant(1))) : ad.exp(ad.constant(1))]],
  [
    'an array that changes',
    ({ Y }: { Y: number }) => [ad.constant({ data: new Float32Array(40).fill(Y), shape: [40] })],
  ],
])('finds no product of sizes in %s', (_, make) => {
  const [first, ...more] = trials.map((sizes) => example(sizes, make));
  expect(withSizes([first!, ...more])).toBeUndefined();
});

it('refuses sizes that it does not know', () => {
  expect(() => atSizes({ of: { Z: 1 }, times: 1, over: 1 }, { N: 2 })).toThrow('is no product of N');
  expect(() => atSizes({ of: { N: 99 } }, { N: 2 })).toThrow(RangeError);
  expect(() => atSizes({ of: { N: 1 }, over: 0 }, { N: 2 })).toThrow(RangeError);
});
