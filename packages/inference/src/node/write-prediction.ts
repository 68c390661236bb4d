import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { formatJson } from '@nnunet/schema';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { writeVolume } from '@nnunet/volume/node';
import type { CasePrediction, PredictionMode } from '../case-prediction.ts';

export interface WritePredictionOptions {
  /** Also `<case>.npz` and `<case>.json`, as an ensemble needs them: see `CasePrediction.archive`. */
  saveProbabilities?: boolean;
  mode?: PredictionMode;
  /** Bytes that may be allocated, the scores not counted. No limit by default. */
  maxMemory?: number;
}

/**
 * Writes a prediction as `<base>.nii.gz`, with the geometry of the image. The label file comes last, so that a case
 * with one is complete.
 *
 * @param base path without ending
 * @throws NnUNetError 'memory-limit', 'disk-full', 'no-access', …
 */
export async function writePrediction(
  base: string,
  prediction: CasePrediction,
  { saveProbabilities = false, mode = 'normal', maxMemory }: WritePredictionOptions = {},
): Promise<void> {
  if (saveProbabilities) {
    // A label file that is there makes a case complete: it must not be that of an earlier prediction.
    await rm(`${base}.nii.gz`, { force: true });
    const { arrays, properties } = prediction.archive({ maxMemory });
    await writeNpzFile(`${base}.npz`, arrays);
    await writeFileAtomic(`${base}.json`, formatJson(properties));
  } else {
    await forgetProbabilities(base);
  }
  await writeVolume(`${base}.nii.gz`, prediction.labels(mode, { maxMemory }));
}

/** Removes the probabilities of an earlier prediction: an ensemble would take them for those of the new one. */
export async function forgetProbabilities(base: string): Promise<void> {
  if (!existsSync(`${base}.npz`)) return;
  for (const ending of ['.npz', '.json', '.pkl']) await rm(base + ending, { force: true });
}
