import type { AugmentationRecipe } from '@nnunet/augment';

const FLOAT = 4;
/** Memory of a loader thread's own Node instance. */
const THREAD = 30 * 2 ** 20;
/** Batches that a loader prepares in advance. */
const AHEAD = 3;
/** Arrays of a loader patch's size that exist while a sample is made: as read, moved, smoothed, and the coordinates. */
const SAMPLE_ARRAYS = 6;
/**
 * Returns the bytes of the threads that load batches, without the cases that they cache: batches waiting to be used and
 * batches being made.
 *
 * @param channels of a batch
 * @param workers threads for training batches; those for validation are at most one
 */
export function loaderMemory(recipe: AugmentationRecipe, channels: number, workers: number): number {
  const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);
  const voxels = size(recipe.patchSize);
  const targetVoxels = recipe.deepSupervisionScales.reduce((sum, scale) => sum + voxels * size(scale), 0);
  const batch = recipe.batchSize * (FLOAT * channels * voxels + (recipe.regions?.length ?? 1) * targetVoxels);
  const sample = SAMPLE_ARRAYS * FLOAT * (channels + 1) * size(recipe.loaderPatchSize);
  if (workers === 0) return 2 * batch + sample;
  // Of each kind three wait, or one a thread, and each thread makes another.
  const waiting = Math.max(workers, AHEAD) + AHEAD;
  const threads = workers + 1;
  return (waiting + threads) * batch + threads * (sample + THREAD);
}
