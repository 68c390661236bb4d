import { type CounterRandom, counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { type Build, expectSlopes } from '../test/slopes.ts';
import * as ad from './everything.fixture.ts';
import type { Expression, Operator } from './expression.ts';
import { plainRules } from './plain/plain-rules.ts';
import { reachable } from './reachable.ts';

type Drawn = [shapes: number[][], build: Build];

/** Whole number from low to high. */
const between = (random: CounterRandom, low: number, high: number) => low + random.integer(high - low + 1);
const shapeOf = (random: CounterRandom, low = 1, high = 4) =>
  Array.from({ length: between(random, low, high) }, () => between(random, 1, 5));

/** Two shapes that go together, with axes of 1 and missing ones. */
function twoShapes(random: CounterRandom): number[][] {
  const whole = shapeOf(random);
  const thin = () => whole.map((n) => (random.chance(0.3) ? 1 : n)).slice(random.integer(whole.length));
  return [thin(), whole].sort(() => (random.chance(0.5) ? 1 : -1));
}

const unary =
  (build: Build) =>
  (random: CounterRandom): Drawn => [[shapeOf(random)], build];
const binary =
  (build: Build) =>
  (random: CounterRandom): Drawn => [twoShapes(random), build];

/** Sizes of a convolution in 2D or 3D whose output has at least one voxel. */
function convolutionOf(random: CounterRandom) {
  const dimension = between(random, 2, 3);
  const axes = Array.from({ length: dimension }, () => {
    const kernel = between(random, 1, 3);
    return { kernel, stride: between(random, 1, 2), padding: random.integer(kernel), size: between(random, kernel, 6) };
  });
  const of = (key: 'kernel' | 'stride' | 'padding' | 'size') => axes.map((axis) => axis[key]);
  const [samples, inner, outer, groups] = [2, 3, 3, 3].map((high) => between(random, 1, high)) as [
    number,
    number,
    number,
    number,
  ];
  return {
    image: [samples, inner * groups, ...of('size')],
    weight: [outer * groups, inner, ...of('kernel')],
    result: [
      samples,
      outer * groups,
      ...axes.map(({ size, kernel, stride, padding }) => Math.floor((size + 2 * padding - kernel) / stride) + 1),
    ],
    geometry: { stride: of('stride'), padding: of('padding'), groups },
    kernel: of('kernel'),
  };
}

/** Inputs and function of every operator that gradients flow through. */
const drawn: Record<string, (random: CounterRandom) => Drawn> = {
  add: binary((a, b) => ad.add(a, b)),
  subtract: binary((a, b) => ad.subtract(a, b)),
  multiply: binary((a, b) => ad.multiply(a, b)),
  '+divide': binary((a, b) => ad.divide(a, b)),
  maximum: binary((a, b) => ad.maximum(a, b)),
  negate: unary((x) => ad.negate(x)),
  exp: unary((x) => ad.exp(x)),
  '+log': unary((x) => ad.log(x)),
  '+sqrt': unary((x) => ad.sqrt(x)),
  square: unary((x) => ad.square(x)),
  sigmoid: unary((x) => ad.sigmoid(x)),
  softplus: unary((x) => ad.softplus(x)),
  tanh: unary((x) => ad.tanh(x)),
  erf: unary((x) => ad.erf(x)),
  gelu: unary((x) => ad.gelu(x)),
  geluGradient: (random) => {
    const shape = shapeOf(random);
    return [[shape, shape], (x, dy) => ad.pullBack([[ad.gelu(x), dy]], [x])[0]!];
  },
  leakyRelu: unary((x) => ad.leakyRelu(x, 0.01)),
  leakyReluGradient: (random) => {
    const shape = shapeOf(random);
    return [[shape, shape], (x, dy) => ad.leakyReluGradient(x, dy, 0.1)];
  },
  sum: (random) => {
    const shape = shapeOf(random);
    const axes = shape.map((_, d) => d).filter(() => random.chance(0.5));
    return [[shape], (x) => ad.sum(x, axes.length === 0 ? [-1] : axes, random.chance(0.5))];
  },
  expand: (random) => {
    const whole = [...shapeOf(random, 0, 3), between(random, 2, 5)];
    const thin = whole.map((n, d) => (d === whole.length - 1 || random.chance(0.5) ? 1 : n));
    return [[thin], (x) => ad.expand(x, whole)];
  },
  reshape: (random) => {
    const shape = shapeOf(random, 2);
    return [[shape], (x) => ad.reshape(x, [shape[0]! * shape[1]!, ...shape.slice(2)])];
  },
  transpose: (random) => {
    const shape = shapeOf(random);
    return [[shape], (x) => ad.transpose(x, Array.from(random.permutation(shape.length)))];
  },
  concat: (random) => {
    const shape = shapeOf(random);
    const axis = random.integer(shape.length);
    const sizes = Array.from({ length: between(random, 2, 3) }, () => between(random, 1, 3));
    return [sizes.map((n) => shape.map((m, d) => (d === axis ? n : m))), (...list) => ad.concat(list, axis)];
  },
  slice: (random) => {
    const shape = shapeOf(random);
    const starts = shape.map((n) => random.integer(n));
    const steps = shape.map(() => between(random, 1, 2));
    const counts = shape.map((n, d) => between(random, 1, Math.ceil((n - starts[d]!) / steps[d]!)));
    return [[shape], (x) => ad.slice(x, starts, counts, steps)];
  },
  pad: (random) => {
    const shape = shapeOf(random);
    const some = () => shape.map(() => random.integer(3));
    return [[shape], (x) => ad.pad(x, some(), some())];
  },
  matmul: (random) => {
    const [rows, columns] = [between(random, 1, 4), between(random, 1, 4)];
    const [left, right] = twoShapes(random) as [number[], number[]];
    const shapes = [
      [...left, rows, 3],
      [...right, 3, columns],
    ];
    return [shapes, (a, b) => ad.matmul(a, b)];
  },
  interpolate: (random) => {
    const size = shapeOf(random, 2, 3);
    const mode = random.chance(0.5) ? 'linear' : 'nearest';
    const larger = size.map((n, d) => (d === 0 ? n + 1 : between(random, 1, 9)));
    return [[[2, between(random, 1, 3), ...size]], (x) => ad.interpolate(x, larger, { mode })];
  },
  interpolateGradient: (random) => {
    const [size, mode] = [shapeOf(random, 2, 3), random.chance(0.5) ? 'linear' : 'nearest'] as const;
    const x = ad.input('x', [1, 2, ...size]);
    const larger = size.map((n) => n + 1);
    const gradientAt = (dy: Expression) => ad.pullBack([[ad.interpolate(x, larger, { mode }), dy]], [x])[0]!;
    return [[[1, 2, ...larger]], gradientAt];
  },
  softmax: (random) => {
    const shape = shapeOf(random, 2);
    return [[shape], (x) => ad.softmax(x, random.integer(shape.length))];
  },
  logSoftmax: (random) => {
    const shape = shapeOf(random, 2);
    return [[shape], (x) => ad.logSoftmax(x, random.integer(shape.length))];
  },
  averagePool: (random) => {
    const kernel = Array.from({ length: between(random, 2, 3) }, () => between(random, 1, 3));
    const shape = [between(random, 1, 2), between(random, 1, 3), ...kernel.map((k) => k * between(random, 1, 3))];
    return [[shape], (x) => ad.averagePool(x, kernel)];
  },
  convolution: (random) => {
    const { image, weight, geometry } = convolutionOf(random);
    const biased = random.chance(0.5);
    return [[image, weight, ...(biased ? [[weight[0]!]] : [])], (x, w, b) => ad.convolution(x, w, b, geometry)];
  },
  convolutionInputGradient: (random) => {
    const { image, weight, result, geometry } = convolutionOf(random);
    return [
      [result, weight],
      (dy, w) => ad.convolutionInputGradient(dy, w, { ...geometry, inputSize: image.slice(2) }),
    ];
  },
  convolutionWeightGradient: (random) => {
    const { image, result, geometry, kernel } = convolutionOf(random);
    return [[image, result], (x, dy) => ad.convolutionWeightGradient(x, dy, { ...geometry, kernel })];
  },
  instanceNorm: (random) => {
    const channels = between(random, 1, 4);
    const shape = [
      between(random, 1, 2),
      channels,
      ...Array.from({ length: between(random, 2, 3) }, () => between(random, 2, 4)),
    ];
    const negativeSlope = [0, 0.01, 1][random.integer(3)]!;
    return [[shape, [channels], [channels]], (x, g, b) => ad.instanceNorm(x, g, b, { negativeSlope })];
  },
};

/** Operators without a gradient: their values are not continuous, or they are gradients themselves. */
const fixed: readonly Operator[] = ['oneHot', 'argMax', 'equal', 'greater', 'cast', 'instanceNormGradient'];

it('knows every operator there is', () => {
  const named = Object.keys(drawn).map((name) => name.replace('+', ''));
  expect([...named, ...fixed].sort()).toEqual(Object.keys(plainRules).sort());
});

it.each(Object.keys(drawn))('%s of random shapes: gradient is the slope', async (name) => {
  const operator = name.replace('+', '');
  for (let seed = 0; seed < 2; seed++) {
    const [shapes, build] = drawn[name]!(counterRandom(seed, name));
    let made: Expression | undefined;
    const once: Build = (...inputs) => {
      made = build(...inputs);
      return made;
    };
    await expectSlopes(shapes, once, name.startsWith('+') ? 2 : 0, 1000 * seed);
    expect(reachable([made!]).map((e) => e.op)).toContain(operator);
  }
});
