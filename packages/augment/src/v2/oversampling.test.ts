import { expect, it } from 'vitest';
import { arraySource } from '../patch-source.ts';
import { sampleBatch, validationBatch } from '../sample-batch.ts';
import { oversampledByChance } from './oversampling.ts';
import { recipeV2 } from './recipe-v2.ts';

const labels = { all: [0, 1], foreground: [1], ignore: null, regions: null };

it('shows foreground in as many samples as asked for, anywhere in the batch', async () => {
  const seg = new Float32Array(40 ** 3);
  seg[(20 * 40 + 20) * 40 + 20] = 1;
  const source = arraySource([{ id: 'a', shape: [40, 40, 40], data: new Float32Array(40 ** 3), seg }]);
  const usual = recipeV2({ patchSize: [3, 3, 3], batchSize: 240, labels });
  const still = { ...usual, loaderPatchSize: [4, 4, 4], spatial: { ...usual.spatial!, rotationProbability: 0, scaleProbability: 0 } }; // biome-ignore format: a row
  for (const make of [sampleBatch, validationBatch]) {
    const { targets } = await make(source, oversampledByChance(still, 0.25), { seed: 1, epoch: 0, iteration: 0 });
    const { data } = targets[0]!;
    const seen = Array.from({ length: 240 }, (_, i) => data.subarray(27 * i, 27 * (i + 1)).includes(1));
    const first = seen.slice(0, 120).filter(Boolean).length;
    const all = seen.filter(Boolean).length;
    expect(Math.abs(all - 60)).toBeLessThan(20);
    expect(first).toBeGreaterThan(15);
  }
});
