import { existsSync } from 'node:fs';
import { messageOf } from '@nnunet/errors/internal';
import { type LoadOptions, loadModel, type TrainedModel } from '@nnunet/inference/node';
import type { Compute } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import { foldFolderName } from '@nnunet/schema/internal';
import { calibrateFold } from '@nnunet/trainer/node/internal';
import type { Reporter } from './reporter.ts';

/** About how long measuring the Dice of all folds together may take. */
const SECONDS = 120;

export interface CalibrateModelOptions {
  /** The prepared data of its task. */
  preprocessedFolder: string;
  compute?: Compute;
  reporter: Pick<Reporter, 'progress'>;
  signal?: AbortSignal;
}

/**
 * Loads a model for the preset quick, with 8-bit integers if they are exact on this processor and cost little. Says what
 * is computed with, and why.
 *
 * @param options `preprocessedFolder`: to calibrate folds that have not been; null not to
 * @throws NnUNetError the errors of `loadModel`
 */
export async function loadQuickModel(
  folder: string,
  load: LoadOptions,
  options: Omit<CalibrateModelOptions, 'preprocessedFolder' | 'reporter'> & {
    preprocessedFolder: string | null;
    reporter: Pick<Reporter, 'message' | 'progress'>;
  },
): Promise<TrainedModel> {
  const { preprocessedFolder, reporter } = options;
  const quick = { ...load, integers: true };
  let model = await loadModel(folder, quick);
  const { uncalibrated } = model.integers!;
  let obstacle: string | null = null;
  if (uncalibrated.length > 0 && preprocessedFolder !== null) {
    await model.dispose();
    obstacle = await calibrateModel(folder, uncalibrated, { ...options, preprocessedFolder });
    model = await loadModel(folder, quick);
  }
  const { reason } = model.integers!;
  reporter.message(obstacle === null ? reason : `${reason} (${obstacle})`);
  return model;
}

/**
 * Calibrates folds of a trained model for 8-bit integers.
 *
 * @returns why a fold could not be calibrated, in words; null if all are
 * @throws the signal's reason when aborted
 */
export async function calibrateModel(
  modelFolder: string,
  folds: readonly Fold[],
  { preprocessedFolder, compute, reporter, signal }: CalibrateModelOptions,
): Promise<string | null> {
  if (!existsSync(preprocessedFolder)) return 'the prepared data of its task are not here';
  const seconds = SECONDS / folds.length;
  for (const fold of folds) {
    const what = `calibrating ${foldFolderName(fold)} for 8-bit integers`;
    const onProgress = (progress: { done: number; total: number }) => reporter.progress({ what, ...progress });
    try {
      const task = { preprocessedFolder, modelFolder, fold };
      const obstacle = await calibrateFold({ ...task, seconds, compute, signal, onProgress });
      if (obstacle !== null) return obstacle;
    } catch (error) {
      signal?.throwIfAborted();
      return messageOf(error).split('\n', 1)[0]!;
    }
  }
  return null;
}
