import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { compile, machineBlock, randomNumbers } from '../../test/evaluate.ts';
import { blockedLowering } from '../blocked/blocked-lowering.ts';
import * as ad from '../everything.fixture.ts';
import type { Expression } from '../expression.ts';
import { lower } from '../lower.ts';
import { integerLowering } from './integer-lowering.ts';
import { type ActivationRanges, integerSites } from './integer-sites.ts';

let seed = 0;

/** A constant of random numbers in (-1, 1). */
function named(name: string, shape: readonly number[], map: (value: number) => number = (v) => v): Expression {
  const data = Float32Array.from(randomNumbers(sizeOf(shape), ++seed), map);
  return ad.constant({ data, shape: [...shape] }, name);
}

interface BlockOptions {
  outputs?: number;
  kernel?: number[];
  stride?: number[];
  slope?: number;
  gamma?: (value: number) => number;
  beta?: (value: number) => number;
}

/** Convolution, norm and leaky ReLU; the padding keeps the size, divided by the stride. */
function block(x: Expression, name: string, options: BlockOptions = {}): Expression {
  const axes = x.shape.length - 2;
  const { outputs = 8, kernel = new Array<number>(axes).fill(3), stride = kernel.map(() => 1) } = options;
  const weights = named(`${name}.weights`, [outputs, x.shape[1]!, ...kernel]);
  const y = ad.convolution(x, weights, undefined, { stride, padding: kernel.map((k) => (k - 1) / 2) });
  const gamma = named(`${name}.gamma`, [outputs], options.gamma ?? ((v) => 1 + v / 2));
  return ad.instanceNorm(y, gamma, named(`${name}.beta`, [outputs], options.beta ?? ((v) => v / 2)), {
    negativeSlope: options.slope ?? 0.01,
  });
}

const up = (x: Expression, name: string, kernel: number[]) =>
  ad.transposedConvolution(x, named(`${name}.weights`, [x.shape[1]!, 8, ...kernel]));

const head = (x: Expression, outputs = 3) => {
  const kernel = x.shape.slice(2).map(() => 1);
  return ad.convolution(x, named('head', [outputs, x.shape[1]!, ...kernel]), named('head.bias', [outputs]));
};

/** Smallest and greatest value of each channel at the sites; one for the inputs. */
async function rangesOf(outputs: Record<string, Expression>, feeds: Record<string, Float64Array>) {
  const sites = integerSites(outputs);
  const values = await (await compile(Object.fromEntries([...sites].map(([name, e]) => [`at ${name}`, e]))))(feeds);
  const ranges = [...sites].map(([name, { op, shape }]) => {
    const data = values[`at ${name}`]!;
    const channels = op === 'input' ? 1 : shape[1]!;
    const size = data.length / channels;
    const parts = Array.from({ length: channels }, (_, c) => data.subarray(c * size, (c + 1) * size));
    return [name, { low: parts.map((p) => Math.min(...p)), high: parts.map((p) => Math.max(...p)) }] as const;
  });
  return new Map(ranges) as ActivationRanges;
}

/**
 * Runs a graph in float64 and with integers.
 * @param contrast of the input, relative to that on which the ranges were measured
 * @returns the root mean square of the difference over that of the values */
async function relativeError(
  y: Expression,
  x: Expression,
  others?: Parameters<typeof integerLowering>[1],
  contrast = 1,
) {
  const calibration = randomNumbers(sizeOf(x.shape), 99);
  const feeds = { x: calibration.map((value) => value * contrast) };
  const ranges = await rangesOf({ y }, { x: calibration });
  expect(ranges.size).toBeGreaterThan(0);
  const exact = (await (await compile({ y }, { floatType: 'float64' }))(feeds)).y!;
  const found = (await (await compile({ y }, { lowering: integerLowering(ranges, others) }))(feeds)).y!;
  const power = (values: Float64Array) => values.reduce((sum, v) => sum + v * v, 0);
  return Math.sqrt(power(exact.map((v, i) => v - found[i]!)) / power(exact));
}

const nodesOf = (model: Uint8Array, type: string) =>
  new Set(
    Buffer.from(model)
      .toString('latin1')
      .match(new RegExp(`(?<![A-Za-z])${type}_\\d+`, 'g')) ?? [],
  ).size;

/**
 * One convolution with norm rounds four times: the input to 256 steps of 2, the weights to 1/127 of the greatest, the
 * result to 254 steps of its range and the norm's to 255: each by less than 1 % of the root mean square.
 */
const once = 0.02;

describe('a convolution with norm', () => {
  const cases: [name: string, shape: number[], options: BlockOptions][] = [
    ['3x3x3', [1, 2, 6, 8, 7], {}],
    ['of one slice', [1, 4, 1, 8, 7], {}],
    ['of two slices', [1, 4, 2, 8, 9], {}],
    ['1x3x3', [1, 3, 4, 8, 7], { kernel: [1, 3, 3] }],
    ['3x1x1', [1, 3, 5, 8, 7], { kernel: [3, 1, 1] }],
    ['5x3x3', [1, 3, 5, 8, 7], { kernel: [5, 3, 3] }],
    ['stride 2, even', [1, 3, 8, 8, 8], { stride: [2, 2, 2] }],
    ['stride 2, odd', [1, 3, 7, 9, 11], { stride: [2, 2, 2] }],
    ['stride 1x2x2', [1, 3, 5, 8, 10], { stride: [1, 2, 2] }],
    ['in a plane', [1, 3, 16, 20], {}],
    ['in a plane, stride 2', [1, 3, 17, 20], { stride: [2, 2] }],
    ['with a ReLU', [1, 3, 6, 8, 7], { slope: 0 }],
    ['with negative scales', [1, 3, 6, 8, 7], { gamma: (v) => v - 1.2 }],
  ];
  it.each(cases)('%s', async (_, shape, options) => {
    const x = ad.input('x', shape);
    expect(await relativeError(head(block(x, 'block', options)), x)).toBeLessThan(once);
    expect(await relativeError(block(x, 'other', options), x)).toBeLessThan(once);
  });

  it('keeps a channel whose scale is zero at its shift', async () => {
    const x = ad.input('x', [1, 2, 6, 8, 7]);
    expect(await relativeError(block(x, 'block', { gamma: () => 0 }), x)).toBeLessThan(once);
  });
});

it('shifts each channel by far less than a code', async () => {
  const x = ad.input('x', [1, 2, 12, 12, 12]);
  // No value is negative, so the mean of a channel is its shift.
  const y = block(x, 'block', { gamma: () => 1, beta: () => 8 });
  const feeds = { x: randomNumbers(sizeOf(x.shape), 99) };
  const lowering = integerLowering(await rangesOf({ y }, feeds));
  const found = (await (await compile({ mean: ad.mean(y, [0, 2, 3, 4]) }, { lowering }))(feeds)).mean!;
  // A code is about 1/40 here.
  for (const mean of found) expect(Math.abs(mean - 8)).toBeLessThan(0.003);
});

it('normalises an image with an eighth of the contrast, whose values span few of the codes', async () => {
  seed = 0;
  const x = ad.input('x', [1, 2, 12, 12, 12]);
  expect(await relativeError(block(x, 'block'), x, undefined, 1 / 8)).toBeLessThan(0.15);
});

describe('the norm of a copy of its input, from -1 to 1, shifted by 2', () => {
  const one = (name: string, shape: number[], value = 1) => ad.constant({ data: Float32Array.of(value), shape }, name);
  async function normOf(values: Float64Array) {
    const x = ad.input('x', [1, 1, 1, 16, 16]);
    const copy = ad.convolution(x, one('copy', [1, 1, 1, 1, 1]));
    const y = ad.instanceNorm(copy, one('gamma', [1]), one('beta', [1], 2), { negativeSlope: 0 });
    const range = { low: [-1], high: [1] };
    const ranges = new Map([
      ['x', range],
      ['copy', range],
      ['gamma', { low: [0], high: [4] }],
    ]);
    return (await (await compile({ y }, { lowering: integerLowering(ranges) }))({ x: values })).y!;
  }

  it('tells all values of the range apart', async () => {
    const ramp = Float64Array.from({ length: 256 }, (_, i) => (2 * i) / 255 - 1);
    const found = await normOf(ramp);
    // Evenly spread from -1 to 1, the deviation is 1 / sqrt(3). A code of 1/127 is 0.014, and one of the result 0.016.
    for (const [i, value] of ramp.entries()) expect(Math.abs(found[i]! - 2 - value * Math.sqrt(3))).toBeLessThan(0.04);
  });

  it('does not take the noise of a code for contrast', async () => {
    const noise = Float64Array.from({ length: 256 }, (_, i) => (i % 2 === 0 ? -1 : 1) * (2 / 255));
    // A code from the mean, where the least variance is 8 codes squared and epsilon 1e-5 / (1 / 127)^2 = 0.161.
    const step = 1 / Math.sqrt(8.161);
    for (const [i, value] of (await normOf(noise)).entries())
      expect(Math.abs(value - 2 - (i % 2 === 0 ? -step : step))).toBeLessThan(4 / 255);
  });
});

it('keeps what a leaky ReLU leaves of negative values for a head', async () => {
  const x = ad.input('x', [1, 2, 6, 8, 7]);
  const y = block(x, 'block');
  // The negative values alone, a hundred times.
  const negative = ad.multiply(ad.maximum(ad.negate(y), 0), 100);
  expect(await relativeError(negative, x)).toBeLessThan(once);
});

/** Encoder, decoder and head; the shallow features and the up-convolution's are joined. */
function network(x: Expression, stride: number[], biased: boolean): Expression {
  const shallow = block(x, 'shallow');
  const deep = block(shallow, 'deep', { outputs: 16, stride });
  let raised = up(deep, 'up', stride);
  if (biased) {
    raised = ad.add(raised, ad.reshape(named('up.bias', [8]), [1, 8, ...stride.map(() => 1)]));
  }
  return head(block(ad.concat([raised, shallow], 1), 'joined'));
}

describe('a network', () => {
  it.each([
    ['3D', [1, 1, 8, 12, 10], [2, 2, 2], false],
    ['3D with odd depth and a bias of the up-convolution', [1, 2, 5, 12, 10], [1, 2, 2], true],
    ['2D', [1, 2, 24, 20], [2, 2], false],
  ] as const)(
    '%s: errs by a few percent, and only the head is left in floating point',
    async (_, shape, stride, biased) => {
      const x = ad.input('x', [...shape]);
      const y = network(x, [...stride], biased);
      expect(await relativeError(y, x)).toBeLessThan(3 * once);
      expect(await relativeError(y, x, blockedLowering(await machineBlock()))).toBeLessThan(3 * once);
      const ranges = await rangesOf({ y }, { x: randomNumbers(sizeOf(shape), 99) });
      const { model } = lower({ y }, { lowering: integerLowering(ranges) });
      expect([nodesOf(model, 'QLinearConv') > 0, nodesOf(model, 'Conv')]).toEqual([true, 0]);
      // Weights are stored once, as integers.
      const stored = Buffer.from(model).toString('latin1');
      expect(stored).toMatch(/joined\.weights\.integers/);
      expect(stored).not.toMatch(/joined\.weights(?!\.integers)/);
    },
  );

  it('is written as without integers where ranges are missing', async () => {
    const x = ad.input('x', [1, 1, 4, 6, 6]);
    const y = network(x, [2, 2, 2], false);
    const feeds = { x: randomNumbers(sizeOf(x.shape), 5) };
    const ranges = new Map(await rangesOf({ y }, feeds));
    ranges.delete('deep.gamma');
    const found = lower({ y }, { lowering: integerLowering(ranges) }).model;
    expect([nodesOf(found, 'QLinearConv'), nodesOf(found, 'QLinearMul')]).toEqual([2, 1]);
    expect(lower({ y }, { lowering: integerLowering(new Map()) }).model).toEqual(lower({ y }).model);
  });
});

describe('the values whose ranges are needed', () => {
  it('are those before and after the norms, of up-convolutions and of inputs', () => {
    const y = network(ad.input('x', [1, 1, 4, 6, 6]), [2, 2, 2], false);
    const names = ['shallow', 'deep', 'up', 'joined'].flatMap((name) =>
      name === 'up' ? ['up.weights'] : [`${name}.weights`, `${name}.gamma`],
    );
    expect([...integerSites({ y }).keys()]).toEqual(['x', ...names]);
  });

  const x = ad.input('x', [1, 4, 4, 6, 6]);
  it('include the bias of an up-convolution, but no other sum', () => {
    const siteOf = (shape: number[]) => {
      const y = ad.add(up(ad.input('x', [1, 4, 4, 6, 6]), 'up', [2, 2, 2]), named('added', shape));
      return integerSites({ y }).get('up.weights')!.op;
    };
    expect(siteOf([1, 8, 1, 1, 1])).toBe('add');
    expect(siteOf([1, 8, 8, 12, 12])).toBe('convolutionInputGradient');
  });

  const normed = (y: Expression) => ad.instanceNorm(y, named('g', [4]), named('b', [4]), { negativeSlope: 0 });
  const plain = (e: Expression) =>
    ad.convolution(e, named('plain', [4, e.shape[1]!, 3, 3, 3]), undefined, { padding: [1, 1, 1] });
  const refused: [why: string, y: Expression][] = [
    ['two samples', block(ad.input('x', [2, 4, 4, 6, 6]), 'block')],
    ['a steep leaky ReLU', block(x, 'block', { slope: 0.2 })],
    ['no activation', block(x, 'block', { slope: 1 })],
    ['a convolution without a norm', plain(block(x, 'block'))],
    ['weights that are inputs', normed(ad.convolution(x, ad.input('w', [4, 4, 3, 3, 3])))],
    ['groups', normed(ad.convolution(x, named('w', [4, 2, 3, 3, 3]), undefined, { groups: 2 }))],
    ['a bias before the norm', normed(ad.convolution(x, named('w', [4, 4, 3, 3, 3]), named('bias', [4])))],
    ['one name for two convolutions', block(block(x, 'block', { outputs: 4 }), 'block', { outputs: 4 })],
  ];
  it.each(refused)('are none with %s', (_, y) => {
    expect(integerSites({ y }).size).toBe(0);
  });
});
