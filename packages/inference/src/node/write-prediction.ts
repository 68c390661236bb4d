import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { formatJson } from '@nnunet/schema';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { writeVolume } from '@nnunet/volume/node';
import type { CasePrediction, PredictionMode } from '../case-prediction.ts';

export interface WritePredictionOptions {
  /** Also write `<case>.npz` and `<case>.json` for an ensemble: see `CasePrediction.archive`. */
  saveProbabilities?: boolean;
  mode?: PredictionMode;
  /** Limit on the bytes that may be allocated, excluding the scores. Default: no limit. */
  maxMemory?: number;
}

/**
 * Writes a prediction as `<base>.nii.gz`, with the geometry of the image. The label file is written last, so a case
 * that has one is complete.
 *
 * @param base path without file extension
 * @throws NnUNetError 'memory-limit', 'disk-full', 'no-access', …
 */
export async function writePrediction(
  base: string,
  prediction: CasePrediction,
  { saveProbabilities = false, mode = 'normal', maxMemory }: WritePredictionOptions = {},
): Promise<void> {
  if (saveProbabilities) {
    // A label file marks a case as complete, so one of an earlier prediction must not remain.
    await rm(`${base}.nii.gz`, { force: true });
    const { arrays, properties } = prediction.archive({ maxMemory });
    await writeNpzFile(`${base}.npz`, arrays);
    await writeFileAtomic(`${base}.json`, formatJson(properties));
  } else {
    await forgetProbabilities(base);
  }
  await writeVolume(`${base}.nii.gz`, prediction.labels(mode, { maxMemory }));
}

/** Deletes the probabilities of an earlier prediction, which an ensemble would mistake for those of the new one. */
export async function forgetProbabilities(base: string): Promise<void> {
  if (!existsSync(`${base}.npz`)) return;
  for (const ending of ['.npz', '.json', '.pkl']) await rm(base + ending, { force: true });
}
