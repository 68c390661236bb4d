import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { AugmentationRecipe } from '@nnunet/augment';
import type { SourceDescription } from '@nnunet/augment/node';

const FLOAT = 4;
/** Memory of a loader thread's own Node instance. */
const THREAD = 30 * 2 ** 20;
/** Batches that a loader prepares in advance. */
const AHEAD = 3;
/** Arrays of a loader patch's size that exist while a sample is made: as read, moved, smoothed, and the coordinates. */
const SAMPLE_ARRAYS = 6;
/** Memory for cached cases of each of the two loaders, if there is room. */
const CACHE = 2 ** 30;

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

/** Bytes that the cases of a source take, kept whole in each of `threads`, and at most what a loader keeps. */
export function cacheWanted(source: SourceDescription, threads: number): number {
  if (source.kind !== 'prepared') return 0;
  let bytes = 0;
  for (const id of source.caseIds) {
    const file = statSync(join(source.folder, `${id}.npy`), { throwIfNoEntry: false });
    // A packed case of v1: its size is not known before it is unpacked.
    if (file === undefined) return CACHE;
    bytes += file.size;
  }
  return Math.min(CACHE, Math.max(1, threads) * bytes);
}

/** What each loader may keep of cases where `left` bytes are free: what it wants, or its share. */
export function shareCaches(wanted: { training: number; validation: number }, left: number): typeof wanted {
  const share = Math.min(1, Math.max(0, left) / Math.max(1, wanted.training + wanted.validation));
  // Where all fits, nothing is bounded: what a thread keeps is its part of the whole bound.
  if (share === 1) return { training: CACHE, validation: CACHE };
  return { training: Math.floor(wanted.training * share), validation: Math.floor(wanted.validation * share) };
}
