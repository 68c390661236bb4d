import { expect, it } from 'vitest';
import { arraySource } from '../patch-source.ts';
import { sampleBatch, validationBatch } from '../sample-batch.ts';
import { recipeV2 } from './recipe-v2.ts';

const labels = { all: [0, 1], foreground: [1], ignore: 2, regions: null };

it('centres every sample on an annotated voxel where others are ignored', async () => {
  const shape = [12, 12, 12];
  const seg = new Float32Array(12 ** 3).fill(2);
  seg[(6 * 12 + 5) * 12 + 7] = 1;
  const classLocations = new Map([['-1,0,1', Int32Array.of(6, 5, 7)]]);
  const source = arraySource([{ id: 'a', shape, data: new Float32Array(12 ** 3), seg, classLocations }]);
  const recipe = recipeV2({ patchSize: [5, 5, 5], batchSize: 4, labels });
  // Without rotation and scaling: a crop of the loader patch, whose middle voxel becomes that of the patch.
  const still = { ...recipe, loaderPatchSize: [8, 8, 8], spatial: { ...recipe.spatial!, rotationProbability: 0, scaleProbability: 0 }, mirror: null }; // biome-ignore format: a row
  for (const make of [sampleBatch, validationBatch]) {
    const { targets } = await make(source, still, { seed: 1, epoch: 0, iteration: 0 });
    const found = [...targets[0]!.data].flatMap((label, i) => (label === 1 ? [i % 125] : []));
    expect(found).toEqual(new Array(4).fill((2 * 5 + 2) * 5 + 2));
  }
  const nearest = { ...still, spatial: { ...still.spatial, border: 'nearest' as const } };
  const made = sampleBatch(source, nearest, { seed: 1, epoch: 0, iteration: 0 });
  await expect(made).rejects.toThrow(/`border` 'nearest' goes with cubic interpolation alone/);
});
