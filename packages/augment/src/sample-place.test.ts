import { expect, it } from 'vitest';
import { greatestDifference } from '../test/reference-values.ts';
import { transformed } from '../test/transformed.ts';
import { loadPatch } from './loader-patch.ts';
import { key, makeCase, plain, recipe } from './noise-case.fixture.ts';
import { arraySource } from './patch-source.ts';
import { sampleBatch, validationBatch } from './sample-batch.ts';
import { influenceBox } from './spatial-geometry.ts';

it('forces foreground in the share of samples that the recipe gives', async () => {
  // one voxel of foreground in a corner that few patches see
  const rare = makeCase('rare', [20, 60, 60], 1);
  rare.seg.fill(0);
  rare.seg[rare.seg.length - 1] = 1;
  const lone = arraySource([rare]);
  const seen = async (oversampleForeground: number) => {
    const { targets } = await sampleBatch(lone, { ...plain, oversampleForeground }, key);
    const voxels = 16 * 20 * 16;
    return [0, 1, 2, 3].filter((n) => targets[0]!.data.subarray(n * voxels, (n + 1) * voxels).includes(1));
  };
  expect(await seen(0)).toEqual([]);
  expect(await seen(0.5)).toEqual([2, 3]);
  expect(await seen(1)).toEqual([0, 1, 2, 3]);
});

it('validates on patches of the final size that lie within the case', async () => {
  const ones = makeCase('ones', [20, 24, 20], 1);
  ones.data = new Float32Array(ones.seg.length).fill(1);
  // an uneven margin of the loader would show a row outside of the case
  const wide = { ...plain, loaderPatchSize: [21, 25, 21], oversampleForeground: 0 };
  for (let iteration = 0; iteration < 20; iteration++) {
    const { data } = await validationBatch(arraySource([ones]), wide, { ...key, iteration });
    expect(data.every((v) => v === 1)).toBe(true);
  }
});

it('looks past the border of the loader patch as the recipe says', async () => {
  const ones = makeCase('ones', [20, 24, 20], 1);
  ones.data = new Float32Array(ones.seg.length).fill(1);
  const whole = { ...plain, patchSize: [20, 24, 20], loaderPatchSize: [20, 24, 20], oversampleForeground: 0 };
  const least = async (border?: 'constant' | 'nearest') => {
    const spatial = {
      ...recipe.spatial!,
      rotationProbability: 1,
      scaleProbability: 1,
      scale: [1.3, 1.4] as const,
      ...(border ? { border } : {}),
    };
    return Math.min(...(await sampleBatch(arraySource([ones]), { ...whole, spatial }, key)).data);
  };
  expect(await least()).toBe(0);
  expect(await least('constant')).toBe(0);
  expect(await least('nearest')).toBeCloseTo(1, 4);
});

it('reads no more than influences the result', async () => {
  const loaderPatchSize = [44, 60, 44];
  const shape = [16, 20, 16];
  for (const transform of [
    { angles: [0.3, -0.5, 0.2], scale: 0.75 },
    { angles: null, scale: 1.3 },
    { angles: null, scale: null },
  ]) {
    const needed = influenceBox(transform, { loaderPatchSize, patchSize: shape }, false);
    const size = (b: { lower: number[]; upper: number[] }) =>
      b.upper.reduce((n, high, d) => n * (high - b.lower[d]!), 1);
    expect(size(needed)).toBeLessThan(44 * 60 * 44);
    const results = await Promise.all(
      [needed, undefined].map(async (box) => {
        const patch = await loadPatch(arraySource([makeCase('c', [40, 38, 36])]), {
          index: 0,
          start: [-3, -10, 4],
          loaderPatchSize,
          needed: box,
        });
        return transformed(patch, shape, transform);
      }),
    );
    expect(greatestDifference(results[0]!.data, results[1]!.data)).toBeLessThan(1e-6);
    expect(greatestDifference(results[0]!.seg, results[1]!.seg)).toBe(0);
  }
});
