import { counterRandom } from '@nnunet/tensor';
import type { ArrayCase } from './patch-source.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { recipeV1 } from './recipe-v1.ts';
import { usualOrder } from './transform-registry.ts';

/** Noise with two labelled blobs and a border outside the mask. */
export function makeCase(id: string, shape: [number, number, number], channels = 2): ArrayCase {
  const size = shape[0] * shape[1] * shape[2];
  const data = counterRandom(id).fillNormal(new Float32Array(channels * size));
  const seg = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const x = i % shape[2];
    const y = Math.floor(i / shape[2]) % shape[1];
    const z = Math.floor(i / (shape[2] * shape[1]));
    seg[i] =
      x < 5 || y < 5 ? -1 : y > shape[1] / 2 && x > 5 && x < 12 ? 1 : z > shape[0] / 2 && x > 14 && x < 19 ? 2 : 0;
  }
  return { id, shape, data, seg, previous: Uint8Array.from(seg, (v) => Math.max(0, v)) };
}

export const pools = [
  [2, 2, 2],
  [2, 2, 2],
];
export const recipe = recipeV1({ patchSize: [16, 20, 16], batchSize: 4, poolKernels: pools });
/** Patches as they are. */
export const plain: AugmentationRecipe = {
  ...recipe,
  spatial: null,
  ...Object.fromEntries(usualOrder.map((step) => [step, null])),
};
export const key = { seed: 7, epoch: 2, iteration: 5 };
