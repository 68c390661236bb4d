import { isNnUNetError } from '@nnunet/errors';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import { expect, it } from 'vitest';
import { collectPlanes } from '../tiled-planes.ts';
import type { TiledPredictionOptions } from '../tiled-prediction-options.ts';
import { mirrorVersionsV2, predictLogitPlanes } from './predict-tiled-v2.ts';

async function predictTiledLogits(options: TiledPredictionOptions): Promise<Float32Array> {
  const [, z, y, x] = options.shape;
  return (await collectPlanes(predictLogitPlanes(options), [options.classes, z, y, x])).data;
}

it('mirrors along few axes first', () => {
  expect(mirrorVersionsV2([])).toEqual([[]]);
  expect(mirrorVersionsV2([0, 1, 2])).toEqual([[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]]);
});

/** Two logits per voxel: the image's value, and its negative. */
const network = async (patches: Float32Array, count: number): Promise<Float32Array> => {
  const voxels = patches.length / count;
  const out = new Float32Array(2 * patches.length);
  for (let i = 0; i < count; i++)
    for (let v = 0; v < voxels; v++) {
      out[2 * i * voxels + v] = patches[i * voxels + v]!;
      out[(2 * i + 1) * voxels + v] = -patches[i * voxels + v]!;
    }
  return out;
};
const data = Float32Array.from({ length: 5 * 7 * 6 }, (_, i) => Math.sin(i) * 10);
const options = { data, shape: [1, 5, 7, 6] as const, classes: 2, predictPatches: network };

it('averages logits of overlapping and mirrored tiles to half floats', async () => {
  for (const patchSize of [
    [4, 4, 4],
    [8, 8, 8],
    [4, 4],
  ]) {
    const steps: number[] = [];
    const onProgress = ({ done }: { done: number }) => steps.push(done);
    const mirrorAxes = patchSize.map((_, axis) => axis);
    for (const gaussian of [true, false]) {
      const found = await predictTiledLogits({ ...options, patchSize, mirrorAxes, gaussian, batchSize: 3, onProgress });
      expect(found).toEqual(roundToFloat16(found));
      // Sums are rounded after each tile: a few steps of half floats, which are 2^-10 of a value, or, where a corner of the
      // Gaussian is all there is, half of its least step 2^-24.
      const coarse = gaussian ? 0.5 : 1e-3;
      for (let v = 0; v < data.length; v++) {
        expect(Math.abs(found[v]! - data[v]!)).toBeLessThan(Math.abs(data[v]!) * 2 ** -8 + coarse);
        expect(found[data.length + v]! + found[v]!).toBe(0);
      }
    }
    expect(steps.length).toBeGreaterThan(0);
  }
});

it('refuses infinite logits, and stops when asked', async () => {
  const patchSize = [4, 4, 4];
  const huge = async (patches: Float32Array, count: number) => (await network(patches, count)).fill(1e6);
  const infinite = await predictTiledLogits({ ...options, patchSize, predictPatches: huge }).catch((e: unknown) => e);
  expect(isNnUNetError(infinite, 'bad-prediction')).toBe(true);
  const signal = AbortSignal.abort('enough');
  expect(await predictTiledLogits({ ...options, patchSize, signal }).catch((e: unknown) => e)).toBe('enough');
});

it('is sure of the first class where tiles are left out, or of none where classes are independent', async () => {
  // Three tiles of 4 along z, of which the last is left out.
  const given = {
    data: new Float32Array(2 * 8 * 4 * 4).fill(3),
    shape: [1, 8, 4, 8] as const,
    classes: 2,
    patchSize: [4, 4, 8],
    predictPatches: network,
    keepTile: ({ start }: { start: readonly number[] }) => start[0]! < 4,
  };
  for (const independentClasses of [undefined, false, true])
    for (const gaussian of [true, false]) {
      const found = await predictTiledLogits({ ...given, independentClasses, gaussian });
      const expected = [3, -3].flatMap((seen, c) => [
        ...new Array(6 * 32).fill(seen),
        ...new Array(2 * 32).fill(c === 0 && !independentClasses ? 10 : -10),
      ]);
      expect(Math.max(...found.map((logit, i) => Math.abs(logit - expected[i]!)))).toBeLessThan(0.02);
    }
});

it('weights tiles by a Gaussian of ten, in half floats, nowhere by nothing', async () => {
  // Two tiles along x; the second one is seen as twice as much. Of a patch of 32 the outermost weights are too small for
  // half floats of 1, and not of 10.
  const data = new Float32Array(48).fill(1);
  const given = { data, shape: [1, 1, 1, 48] as const, classes: 1, patchSize: [1, 1, 32], stepSize: 0.5, batchSize: 1 };
  let tile = 0;
  const found = await predictTiledLogits({ ...given, predictPatches: async () => new Float32Array(32).fill(++tile) });
  const weight = (i: number) => roundToFloat16(Float32Array.of(10 * Math.exp(-32 * ((i - 16) / 32) ** 2)))[0]!;
  for (let x = 16; x < 32; x++) {
    const [one, two] = [weight(x), weight(x - 16)];
    expect(Math.abs(found[x]! - (one + 2 * two) / (one + two))).toBeLessThan(2e-3);
  }
  expect([found[0], found[15], found[32], found[47]]).toEqual([1, 1, 2, 2]);
});
