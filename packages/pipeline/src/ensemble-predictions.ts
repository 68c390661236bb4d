import { ensembleFolders } from '@nnunet/ensemble/node';
import { usageError } from '@nnunet/errors';
import type { Reporter } from './reporter.ts';
import { tellNotice } from './tell-faults.ts';

export interface EnsemblePredictionsOptions {
  /** Predictions of each model with their probabilities (`predict` with `saveSoftmax`). */
  folders: readonly string[];
  outputFolder: string;
  /** Cases merged at a time. */
  threads: number;
  /** postprocessing.json to apply; the merged labels before it then lie in `not_postprocessed`. */
  postprocessingFile?: string;
  /** Also write the mean probabilities. */
  saveSoftmax: boolean;
  /** v1's rule for the geometry of the models' predictions, number by number, instead of how far apart voxels lie. */
  strictGeometry?: boolean;
  /** Bytes that the program may use; see `ensembleFolders`. */
  maxMemory?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * What nnUNet_ensemble does: label maps of the mean probabilities of several models (v1's ensemble_predictions.py). Returns
 * the cases.
 */
export async function ensemblePredictions(options: EnsemblePredictionsOptions): Promise<string[]> {
  const { folders, outputFolder, threads, postprocessingFile, saveSoftmax, reporter, signal } = options;
  if (!(Number.isInteger(threads) && threads >= 1))
    throw usageError({ what: `${threads} is not a valid number of threads`, remedy: 'Give `threads` 1 or more.' });
  return ensembleFolders({
    folders,
    outputFolder,
    threads,
    postprocessingFile: postprocessingFile ?? null,
    saveNpz: saveSoftmax,
    maxMemory: options.maxMemory,
    grid: { strict: options.strictGeometry },
    onNotice: (notice) => tellNotice(notice, reporter),
    signal,
    onProgress: ({ step, done, total, caseId }) => reporter.progress({ what: step, done, total, note: caseId }),
  });
}
