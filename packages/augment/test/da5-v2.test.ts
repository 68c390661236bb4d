import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { changeContrast } from '../src/contrast.ts';
import { sharpen } from '../src/sharpening.ts';
import { type InterpolationV2, transformLinearly } from '../src/v2/spatial-linear.ts';
import { greatestDifference, readArrays } from './reference-values.ts';
import { threeAxes, wholePatch } from './transformed.ts';

const file = fileURLToPath(new URL('../fixtures/da5-v2/arrays.npz', import.meta.url));
const sizes = { volume: [10, 11, 12], slice: [14, 13] };

describe.each(['volume', 'slice'] as const)('transforms of DA5 of nnU-Net 2.8.1: a %s', (kind) => {
  const flat = kind === 'slice';
  // v2's matrices act on columns: the same turn by the opposite angle. Of the two angles of a slice, the last counts.
  const transform = {
    angles: flat ? [-0.8] : [-0.31, 0.22, -0.47],
    scale: flat ? [0.71, 1.38] : [0.71, 1.38, 1.05],
    scaledFirst: true,
  };

  it.each<InterpolationV2>(['linear', 'nearestLabels', 'nearest'])(
    'scales each axis, then rotates: %s',
    async (interpolation) => {
      const array = await readArrays(file);
      const shape = threeAxes(sizes[kind]);
      const size = shape.reduce((a, b) => a * b, 1);
      const target = { shape, channels: 2, data: new Float32Array(2 * size), seg: new Float32Array(size).fill(77) };
      const patch = wholePatch(array(kind), array(`${kind}_seg`));
      transformLinearly(patch, target, transform, { inPlane: flat, interpolation });
      const expected = array(`${kind}_${interpolation}_data`).data;
      // v2's coordinates are float32: a voxel on the border between two may be either.
      const differ = (a: Float32Array, b: Float32Array, by: number) =>
        a.filter((v, i) => Math.abs(v - b[i]!) > by).length;
      expect(differ(target.data, expected, 8e-5)).toBeLessThanOrEqual(interpolation === 'nearest' ? 2 : 0);
      expect(differ(target.seg, array(`${kind}_${interpolation}_seg`).data, 0)).toBeLessThanOrEqual(1);
      expect(new Set(target.seg)).toEqual(new Set([-1, 0, 1, 2]));
    },
  );

  it.each([
    ['sharpens without bounds', 'sharp', (channel: Float32Array, shape: number[], k: number) => sharpen(channel, shape, { strength: [0.3, 0.9][k]!, range: 'free' })], // biome-ignore format: a row
    ['changes the contrast without bounds', 'contrast', (channel: Float32Array, _: number[], k: number) => changeContrast(channel, [1.8, 0.6][k]!, false)], // biome-ignore format: a row
  ])('%s', async (_, name, change) => {
    const array = await readArrays(file);
    const image = array(kind);
    const shape = threeAxes(image.shape.slice(1));
    const size = image.data.length / 2;
    for (const k of [0, 1]) change(image.data.subarray(k * size, (k + 1) * size), shape, k);
    expect(greatestDifference(image.data, array(`${kind}_${name}`).data)).toBeLessThanOrEqual(1e-5);
  });
});
