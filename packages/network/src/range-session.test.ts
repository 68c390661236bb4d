import { counterRandom } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { difference, readNetworkCase } from '../test/goldens.ts';
import { smallNetwork } from '../test/small-network.ts';
import { faultOfIntegers } from './fault-of-integers.ts';
import type { NetworkDescription } from './network-description.ts';
import { nodeRuntime } from './node/node-runtime.ts';
import { initialiseWeights } from './parameters.ts';
import { PatchSession } from './patch-session.ts';
import { RangeSession } from './range-session.ts';

const description: NetworkDescription = { ...smallNetwork, features: [3, 4] };
const patchSize = [20, 50];
const weights = initialiseWeights(description, 1);

async function rangesOn(patches: readonly Float32Array[], changed: Partial<NetworkDescription> = {}, given = weights) {
  const own = { ...description, ...changed };
  const session = await RangeSession.load(nodeRuntime, { description: own, weights: given, patchSize });
  if (session === null) return null;
  for (const patch of patches) await session.add(patch);
  const ranges = session.ranges();
  await session.dispose();
  return ranges;
}

it('reaches from the lowest to the highest value of all patches', async () => {
  const patches = [0, 1].map((i) => counterRandom(i, 'patch').fillNormal(new Float32Array(1000)));
  patches[0]![3] = -5;
  patches[1]![3] = 6;
  expect((await rangesOn(patches))!.get('data')).toEqual({ low: [-5], high: [6] });
});

it('cuts off what is more than eight standard deviations from the mean', async () => {
  const [high, low] = [new Float32Array(1000), new Float32Array(1000)];
  high[7] = 1000;
  low[7] = -1000;
  // Mean 1, mean of the squares 1000.
  expect((await rangesOn([high]))!.get('data')!.high[0]).toBeCloseTo(1 + 8 * Math.sqrt(999), 8);
  expect((await rangesOn([low]))!.get('data')!.low[0]).toBeCloseTo(-1 - 8 * Math.sqrt(999), 8);
  // Two patches: mean 0, mean of the squares 1000.
  const both = (await rangesOn([high, low]))!.get('data')!;
  expect([both.low[0], both.high[0]]).toEqual([-8 * Math.sqrt(1000), 8 * Math.sqrt(1000)]);
});

it('is of each channel after a norm', async () => {
  const constant = new Map(weights);
  const [gamma, beta] = ['weight', 'bias'].map((kind) => `conv_blocks_context.0.blocks.0.instnorm.${kind}`);
  constant.set(gamma!, { data: new Float32Array(3), shape: [3] });
  constant.set(beta!, { data: Float32Array.of(1, 2, -3), shape: [3] });
  const range = (await rangesOn([new Float32Array(1000).fill(1)], {}, constant))!.get(gamma!)!;
  // The slope for negative values is 0.01.
  for (const list of [range.low, range.high]) {
    expect(list.length).toBe(3);
    for (const [c, value] of [1, 2, -0.03].entries()) expect(list[c]).toBeCloseTo(value, 6);
  }
});

it('says that a network has no 8-bit form', async () => {
  expect(await rangesOn([], { negativeSlope: 0.2 })).toBeNull();
});

const fault = await faultOfIntegers(nodeRuntime);
describe.skipIf(fault !== null)('with 8-bit integers', () => {
  it.each(['2d', '3d'])("v1's network gives nearly the same logits, %s", async (name) => {
    const { description: own, weights: trained, input, outputs } = await readNetworkCase(name);
    const [count, , ...size] = input.shape;
    const network = { description: own, weights: trained, patchSize: size };
    const measuring = (await RangeSession.load(nodeRuntime, network))!;
    const each = input.data.length / count!;
    for (let n = 0; n < count!; n++) await measuring.add(input.data.subarray(n * each, (n + 1) * each));
    const ranges = measuring.ranges();
    await measuring.dispose();
    const session = await PatchSession.load(nodeRuntime, { ...network, ranges, nonlinearity: 'none' });
    const found = await session.predict(input.data, count);
    await session.dispose();
    const expected = outputs[0]!.data;
    const power = (values: Float32Array) => values.reduce((sum, v) => sum + v * v, 0);
    const error = Math.sqrt(power(expected.map((v, i) => v - found[i]!)) / power(expected));
    expect(error).toBeLessThan(0.1);
    // Not the same numbers: it is the rounded network that was run.
    expect(difference(found, expected)).toBeGreaterThan(1e-4);
  });

  it('only one patch at a time is computed, and on the CPU', async () => {
    const ranges = (await rangesOn([new Float32Array(1000)]))!;
    for (const other of [{ batchSize: 2 }, { device: 'webgpu' as const }])
      await expect(
        PatchSession.load(nodeRuntime, { description, weights, patchSize, ranges, ...other }),
      ).rejects.toThrow(RangeError);
  });
});
