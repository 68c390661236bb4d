import { join } from 'node:path';
import { ensembleFolders } from '@nnunet/ensemble/node';
import { requireInteger } from '@nnunet/errors/internal';
import type { Roots } from '@nnunet/schema';
import { knownLabelNames, TABLE, writeLabelTables } from './label-table.ts';
import type { Reporter } from './reporter.ts';
import { tellNotice } from './tell-faults.ts';

export interface EnsemblePredictionsOptions {
  /** Where dataset.json of the task is found, for the names of labels that are not beside the predictions. */
  roots?: Roots;
  /** Predictions of each model, with probabilities (`predict` with `saveSoftmax`). */
  folders: readonly string[];
  outputFolder: string;
  /** Cases merged at the same time. */
  threads: number;
  /** postprocessing.json to apply; the unprocessed labels are then written to `not_postprocessed`. */
  postprocessingFile?: string;
  /** Also write the mean probabilities. */
  saveSoftmax: boolean;
  /**
   * Compare the geometry of the models' predictions by v1's rule, number by number, instead of by the distance between
   * voxels.
   */
  strictGeometry?: boolean;
  /** Memory limit of the program in bytes; see `ensembleFolders`. */
  maxMemory?: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_ensemble: writes the label maps of several models' mean probabilities (v1's
 * ensemble_predictions.py), and beside them the names and colours of the labels if these are known. Returns the cases.
 */
export async function ensemblePredictions(options: EnsemblePredictionsOptions): Promise<string[]> {
  const { folders, outputFolder, threads, postprocessingFile, saveSoftmax, reporter, signal } = options;
  requireInteger('threads', threads, 1);
  reporter.message(`mean of ${folders.length} predictions (rules of nnU-Net v1)`);
  const names = await knownLabelNames({
    tables: folders.map((folder) => join(folder, TABLE)),
    postprocessing: postprocessingFile,
    roots: options.roots,
  });
  const cases = await ensembleFolders({
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
  await writeLabelTables(join(outputFolder, TABLE), names);
  return cases;
}
