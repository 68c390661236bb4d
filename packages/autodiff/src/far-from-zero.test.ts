import { sizeOf } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { compile, machineBlock, randomNumbers } from '../test/evaluate.ts';
import { blockedLowering } from './blocked/blocked-lowering.ts';
import { differentiate } from './differentiate.ts';
import * as ad from './everything.fixture.ts';
import type { Expression } from './expression.ts';

type Norm = (x: Expression, gamma: Expression, beta: Expression) => Expression;

/**
 * Greatest differences of float32 from float64 that are allowed at means of 1000 deviations; in proportion at others. The
 * runtime's own instance norm, which is in all but the blocked one, adds up a channel in one float32 number.
 */
const norms: Record<string, { samples?: number; norm: Norm; plain: number; blocked: number }> = {
  'instance norm': { norm: (x, gamma, beta) => ad.instanceNorm(x, gamma, beta), plain: 1e-3, blocked: 1e-4 },
  'instance norm and leaky ReLU': {
    norm: (x, gamma, beta) => ad.instanceNorm(x, gamma, beta, { negativeSlope: 0.01 }),
    plain: 1e-3,
    blocked: 1e-4,
  },
  'batch norm': { norm: (x, gamma, beta) => ad.batchNorm(x, gamma, beta), plain: 1e-3, blocked: 1e-3 },
  'batch norm of one sample': {
    samples: 1,
    norm: (x, gamma, beta) => ad.batchNorm(x, gamma, beta),
    plain: 1e-3,
    blocked: 1e-4,
  },
  'group norm': {
    norm: (x, gamma, beta) => ad.groupNorm(x, gamma, beta, { groups: 4 }),
    plain: 1e-3,
    blocked: 1e-3,
  },
  'filter response norm': {
    norm: (x, gamma, beta) => ad.filterResponseNorm(x, { gamma, beta, tau: ad.negate(gamma) }),
    plain: 1e-5,
    blocked: 1e-5,
  },
  'channel statistics': {
    norm: (x, gamma) => ad.multiply(ad.channelStatistics(x).variance, gamma),
    plain: 1e-5,
    blocked: 1e-5,
  },
};

const channels = 16;

/** A norm of a value that is x to the last digit, in the blocked layout where the lowering has one. */
function afterIdentity(norm: Norm, shape: readonly number[]): { inputs: Expression[]; y: Expression } {
  const [x, gamma, beta] = [ad.input('x', shape), ad.input('gamma', [channels]), ad.input('beta', [channels])] as const;
  const identity = Float32Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0));
  const kernel = ad.constant({ data: identity, shape: [channels, channels, ...shape.slice(2).map(() => 1)] });
  return { inputs: [x, gamma, beta], y: norm(ad.convolution(x, kernel), gamma, beta) };
}

const parameters = {
  gamma: randomNumbers(channels, 2).map((v) => 1 + v / 2),
  beta: randomNumbers(channels, 3).map((v) => v / 5),
};

async function lowerings() {
  return { plain: {}, blocked: { lowering: blockedLowering(await machineBlock()) } };
}

describe.each(['plain', 'blocked'] as const)('%s', (lowering) => {
  describe.each(Object.keys(norms))('%s', (name) => {
    it.each([
      [100, [6, 16, 24]],
      [1000, [6, 16, 24]],
      [3000, [6, 16, 24]],
      [1000, [5, 13, 11]],
      [1000, [64, 96]],
    ])('keeps its digits where channels have means of %i deviations, %j', async (ratio, size) => {
      const { norm, samples = 2, [lowering]: atThousand } = norms[name]!;
      const shape = [samples, channels, ...size];
      const { inputs, y } = afterIdentity(norm, shape);
      const dy = ad.input('dy', y.shape);
      const [dx, dgamma, dbeta] = differentiate(ad.sum(ad.multiply(y, dy)), inputs) as [
        Expression,
        Expression,
        Expression,
      ];
      const outputs = { y, dx, dgamma, dbeta };
      const feeds = {
        // around 1 and -1, none near the bend of the activation
        x: Float32Array.from(randomNumbers(sizeOf(shape), 1), (v) => ratio + Math.sign(v) + v / 5),
        ...parameters,
        dy: randomNumbers(sizeOf(y.shape), 4).map((v) => v + 0.5),
      };
      const exact = await (await compile(outputs, { floatType: 'float64' }))(feeds);
      const found = await (await compile(outputs, (await lowerings())[lowering]))(feeds);
      // gradients of parameters are sums with both signs: their scale is what was summed up
      const summed = y.shape.length > 1 ? (sizeOf(y.shape) / channels) * 1.5 : 1;
      const tolerance = (atThousand * ratio) / 1000;
      for (const [key, list] of Object.entries(exact)) {
        const greatest = list.reduce((most, v) => Math.max(most, Math.abs(v)), key.length > 2 ? summed : 0);
        const wrong = list.filter((v, i) => !(Math.abs(v - found[key]![i]!) < tolerance * greatest)).length;
        expect(wrong, key).toBe(0);
      }
    });
  });
});

it('computes a channel the same whatever the others and the other samples are', async () => {
  const shape = [2, channels, 4, 5, 6];
  const { inputs, y } = afterIdentity((x, g, b) => ad.instanceNorm(x, g, b, { negativeSlope: 0.01 }), shape);
  const [dx] = differentiate(ad.sum(ad.square(y)), [inputs[0]!]) as [Expression];
  const run = await compile({ y, dx }, (await lowerings()).blocked);
  const near = Float32Array.from(randomNumbers(sizeOf(shape), 5));
  const voxels = sizeOf(shape.slice(2));
  const one = near.map((v, i) => (Math.floor(i / voxels) === 3 ? v + 2000 : v));
  const [a, b] = [await run({ x: near, ...parameters }), await run({ x: one, ...parameters })];
  for (const key of ['y', 'dx'] as const) {
    const others = (list: Float64Array) => list.filter((_, i) => Math.floor(i / voxels) !== 3);
    expect(others(b[key]!)).toEqual(others(a[key]!));
    expect(b[key]).not.toEqual(a[key]);
  }
});

it('normalises a constant channel to its shift', async () => {
  const shape = [1, channels, 4, 40, 56];
  const { y } = afterIdentity((x, g, b) => ad.instanceNorm(x, g, b), shape);
  const run = await compile({ y }, (await lowerings()).blocked);
  for (const value of [-2.7, 8.1]) {
    const out = await run({ x: new Float32Array(sizeOf(shape)).fill(value), ...parameters });
    const beta = (i: number) => parameters.beta[Math.floor(i / (4 * 40 * 56))]!;
    const worst = out.y!.reduce((most, v, i) => Math.max(most, Math.abs(v - beta(i))), 0);
    expect(worst).toBeLessThan(1e-3);
  }
});
