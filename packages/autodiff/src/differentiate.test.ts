import { expect, it } from 'vitest';
import { compile } from '../test/evaluate.ts';
import { type Build, expectSlopes } from '../test/slopes.ts';
import { differentiate } from './differentiate.ts';
import * as ad from './everything.fixture.ts';

/** Operators with the shapes of their inputs; values lie in (-1, 1), moved to (1, 3) where a name starts with '+'. */
const cases: Record<string, [shapes: number[][], build: Build]> = {
  add: [
    [
      [2, 3, 4],
      [3, 1],
    ],
    (a, b) => ad.add(a, b),
  ],
  subtract: [
    [
      [3, 1],
      [2, 3, 4],
    ],
    (a, b) => ad.subtract(a, b),
  ],
  multiply: [[[2, 3, 4], [4]], (a, b) => ad.multiply(a, b)],
  '+divide': [
    [
      [2, 1, 4],
      [3, 4],
    ],
    (a, b) => ad.divide(a, b),
  ],
  maximum: [[[2, 3, 4], [4]], (a, b) => ad.maximum(a, b)],
  negate: [[[5]], (x) => ad.negate(x)],
  exp: [[[2, 5]], (x) => ad.exp(x)],
  '+log': [[[2, 5]], (x) => ad.log(x)],
  '+sqrt': [[[2, 5]], (x) => ad.sqrt(x)],
  square: [[[2, 5]], (x) => ad.square(x)],
  sigmoid: [[[2, 5]], (x) => ad.sigmoid(x)],
  softplus: [[[2, 5]], (x) => ad.softplus(x)],
  tanh: [[[2, 5]], (x) => ad.tanh(x)],
  erf: [[[2, 5]], (x) => ad.erf(ad.multiply(x, 4))],
  gelu: [[[2, 5]], (x) => ad.gelu(ad.multiply(x, 3))],
  mish: [[[2, 5]], (x) => ad.mish(ad.multiply(x, 3))],
  silu: [[[2, 5]], (x) => ad.silu(ad.multiply(x, 3))],
  relu: [[[2, 5]], (x) => ad.relu(x)],
  leakyRelu: [[[2, 5]], (x) => ad.leakyRelu(x, 0.01)],
  'leakyRelu of a negative slope': [[[2, 5]], (x) => ad.leakyRelu(x, -0.3)],
  leakyReluGradient: [
    [
      [2, 5],
      [2, 5],
    ],
    (x, dy) => ad.leakyReluGradient(x, dy, 0.1),
  ],
  sum: [[[2, 3, 4]], (x) => ad.sum(x, [0, -1])],
  mean: [[[2, 3, 4]], (x) => ad.mean(x, [1], true)],
  expand: [[[2, 1, 4]], (x) => ad.expand(x, [2, 3, 4])],
  reshape: [[[2, 3, 4]], (x) => ad.reshape(x, [4, 6])],
  transpose: [[[2, 3, 4]], (x) => ad.transpose(x, [2, 0, 1])],
  concat: [
    [
      [2, 3, 4],
      [2, 2, 4],
      [2, 1, 4],
    ],
    (...list) => ad.concat(list, 1),
  ],
  slice: [[[4, 6, 5]], (x) => ad.slice(x, [1, 2, 0], [2, 3, 5])],
  'slice with steps': [[[4, 7, 5]], (x) => ad.slice(x, [0, 1, 0], [4, 3, 2], [1, 2, 3])],
  pad: [[[2, 3]], (x) => ad.pad(x, [1, 0], [0, 2])],
  softmax: [[[2, 3, 4]], (x) => ad.softmax(x, 1)],
  logSoftmax: [[[2, 3, 4]], (x) => ad.logSoftmax(x, 1)],
  averagePool: [[[2, 3, 4, 6]], (x) => ad.averagePool(x, [2, 3])],
  maxPool: [[[2, 3, 4, 6]], (x) => ad.maxPool(x, [2, 3])],
  attention: [
    [
      [2, 3, 4],
      [2, 5, 4],
      [2, 5, 6],
    ],
    (q, k, v) => ad.matmul(ad.softmax(ad.matmul(q, ad.transpose(k, [0, 2, 1])), -1), v),
  ],
  'convolution 2D': [[[2, 3, 5, 6], [4, 3, 3, 3], [4]], (x, w, b) => ad.convolution(x, w, b, { padding: [1, 1] })],
  'convolution 3D': [
    [
      [2, 3, 4, 5, 3],
      [2, 3, 3, 3, 3],
    ],
    (x, w) => ad.convolution(x, w, undefined, { padding: [1, 1, 1] }),
  ],
  'convolution 3D, anisotropic': [
    [[1, 2, 3, 4, 5], [3, 2, 1, 3, 3], [3]],
    (x, w, b) => ad.convolution(x, w, b, { stride: [1, 2, 2], padding: [0, 1, 1] }),
  ],
  'convolution 3D, strided': [
    [
      [2, 2, 4, 6, 5],
      [3, 2, 3, 3, 3],
    ],
    (x, w) => ad.convolution(x, w, undefined, { stride: [2, 2, 2], padding: [1, 1, 1] }),
  ],
  'convolution 2D, kernel 1, strided': [
    [
      [1, 2, 5, 6],
      [3, 2, 1, 1],
    ],
    (x, w) => ad.convolution(x, w, undefined, { stride: [2, 2] }),
  ],
  'convolution 2D, other strides': [
    [
      [1, 2, 11, 9],
      [2, 2, 4, 3],
    ],
    (x, w) => ad.convolution(x, w, undefined, { stride: [3, 2], padding: [2, 0] }),
  ],
  'convolution 3D, depthwise': [
    [[2, 3, 4, 5, 3], [3, 1, 3, 3, 3], [3]],
    (x, w, b) => ad.convolution(x, w, b, { padding: [1, 1, 1], groups: 3 }),
  ],
  'convolution 2D, groups, strided': [
    [
      [2, 6, 7, 6],
      [4, 3, 3, 2],
    ],
    (x, w) => ad.convolution(x, w, undefined, { stride: [2, 1], padding: [1, 0], groups: 2 }),
  ],
  'transposed convolution 3D': [
    [
      [2, 3, 2, 3, 2],
      [3, 2, 2, 2, 2],
    ],
    (x, w) => ad.transposedConvolution(x, w),
  ],
  'transposed convolution, anisotropic': [
    [
      [1, 3, 2, 3, 2],
      [3, 2, 1, 2, 3],
    ],
    (x, w) => ad.transposedConvolution(x, w),
  ],
  'convolution weight gradient': [
    [
      [2, 2, 4, 5],
      [2, 3, 2, 3],
    ],
    (x, dy) => ad.convolutionWeightGradient(x, dy, { stride: [2, 2], padding: [1, 1], kernel: [3, 3] }),
  ],
  'instance norm': [[[2, 3, 3, 4], [3], [3]], (x, g, b) => ad.instanceNorm(x, g, b)],
  'instance norm and ReLU': [[[2, 3, 3, 4], [3], [3]], (x, g, b) => ad.instanceNorm(x, g, b, { negativeSlope: 0 })],
  'batch norm': [[[2, 3, 3, 4], [3], [3]], (x, g, b) => ad.batchNorm(x, g, b, { negativeSlope: 0.01 })],
  'channel mean': [[[2, 3, 3, 4]], (x) => ad.channelStatistics(x).mean],
  'channel variance': [[[2, 3, 3, 4]], (x) => ad.channelStatistics(x).variance],
  'group norm': [[[2, 6, 3, 4], [6], [6]], (x, g, b) => ad.groupNorm(x, g, b, { groups: 2 })],
  'layer norm': [[[2, 3, 4], [4], [4]], (x, g, b) => ad.layerNorm(x, g, b)],
  'layer norm over two axes': [
    [
      [2, 3, 2, 4],
      [3, 4],
      [3, 4],
    ],
    (x, g, b) => ad.layerNorm(x, g, b, { axes: [-1, 1] }),
  ],
  'filter response norm': [
    [[2, 3, 2, 3, 4], [3], [3], [3]],
    (x, gamma, beta, tau) => ad.filterResponseNorm(x, { gamma, beta, tau }),
  ],
  'instance norm and leaky ReLU': [
    [[2, 3, 2, 3, 4], [3], [3]],
    (x, g, b) => ad.instanceNorm(x, g, b, { negativeSlope: 0.01 }),
  ],
};

it.each(Object.entries(cases))('%s: gradient is the slope of the function', async (name, [shapes, build]) => {
  await expectSlopes(shapes, build, name.startsWith('+') ? 2 : 0);
});

it('gives zeros for what the scalar does not depend on', async () => {
  const [x, y] = [ad.input('x', [2]), ad.input('y', [3])];
  const [gx, gy] = differentiate(ad.sum(ad.square(x)), [x, y]);
  const run = await compile({ gx: gx!, gy: gy! });
  const out = await run({ x: [3, -1] });
  expect([...out.gx!]).toEqual([6, -2]);
  expect([...out.gy!]).toEqual([0, 0, 0]);
});

it('keeps the result of a leaky ReLU for its gradient, not what it was computed from', () => {
  const x = ad.input('x', [2]);
  const read = (slope: number) => {
    const y = ad.leakyRelu(x, slope);
    const [dx] = differentiate(ad.sum(ad.square(y)), [x]);
    return dx!.op === 'leakyReluGradient' && dx.inputs[0] === y;
  };
  expect([0, 0.01].map(read)).toEqual([true, true]);
  // Its sign says nothing about that of x.
  expect(read(-0.3)).toBe(false);
});

it('carries gradients back over a cut as over the whole graph', async () => {
  const x = ad.input('x', [2, 3]);
  const middle = ad.exp(x);
  const loss = ad.sum(ad.square(ad.sum(middle, [1])));
  const [whole] = differentiate(loss, [x]);
  const cut = ad.input('cut', [2, 3]);
  const [upper] = differentiate(ad.sum(ad.square(ad.sum(cut, [1]))), [cut]);
  const seed = ad.input('seed', [2, 3]);
  const [lower] = ad.pullBack([[middle, seed]], [x]);
  const feeds = { x: [0.1, -0.2, 0.3, 0.5, 0, 1] };
  const a = await (await compile({ whole: whole!, middle }))(feeds);
  const b = await (await compile({ upper: upper! }))({ cut: a.middle! });
  const c = await (await compile({ lower: lower! }))({ ...feeds, seed: b.upper! });
  c.lower!.forEach((v, i) => {
    expect(v).toBeCloseTo(a.whole![i]!, 4);
  });
});

it('refuses what it cannot differentiate', () => {
  const [x, g] = [ad.input('x', [1, 2, 3, 3]), ad.input('g', [2])];
  expect(() => differentiate(x, [x])).toThrow(RangeError);
  const [dx] = differentiate(ad.sum(ad.instanceNorm(x, g, g)), [x]);
  expect(() => differentiate(ad.sum(dx!), [x])).toThrow(TypeError);
});
