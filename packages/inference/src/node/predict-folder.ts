import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { formatJson } from '@nnunet/dataset';
import { acquireLock } from '@nnunet/dataset/node';
import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { writeFileAtomic } from '@nnunet/tensor/node';
import { readLabels, readVolume } from '@nnunet/volume/node';
import type { PredictionMode } from '../case-prediction.ts';
import { findCases, type InputCase } from './find-cases.ts';
import { TimeLeft } from './time-left.ts';
import type { TrainedModel } from './trained-model.ts';
import { writePrediction } from './write-prediction.ts';

export interface PredictFolderOptions {
  model: TrainedModel;
  inputFolder: string;
  outputFolder: string;
  /** Make outputs anew that exist already; false. */
  overwrite?: boolean;
  /** Also write probabilities and properties, for an ensemble; false. */
  saveProbabilities?: boolean;
  /** Folder of `<case>.nii.gz` from the stage before; needed by a cascade's second stage. */
  previousStageFolder?: string;
  mode?: PredictionMode;
  mirroring?: boolean;
  stepSize?: number;
  gaussian?: boolean;
  /** This call does cases part, part + parts, …; 0 of 1. */
  part?: number;
  parts?: number;
  signal?: AbortSignal;
  onProgress?: (progress: FolderProgress) => void;
  /** Lines for people. */
  onMessage?: (text: string) => void;
}

export interface FolderProgress {
  caseId: string;
  /** Cases finished before this one, and cases in all. */
  casesDone: number;
  cases: number;
  /** Share of the present case that is done. */
  share: number;
  /** null before the first guess. */
  secondsLeft: number | null;
}

export interface FolderResult {
  predicted: string[];
  /** Their outputs existed. */
  skipped: string[];
  /** Another process is at them. */
  elsewhere: string[];
  failed: { id: string; error: Error }[];
}

/**
 * Segments all cases of a folder to `<id>.nii.gz`. A case that fails is named in the result, and the others are finished.
 *
 * @throws NnUNetError 'no-images', 'missing-files', 'missing-previous-stage', 'usage'; the signal's reason when aborted
 *
 * Origin: v1's `predict_from_folder`.
 */
export async function predictFolder(options: PredictFolderOptions): Promise<FolderResult> {
  const { model, outputFolder, signal, onMessage } = options;
  checkOptions(options);
  const { cases, extra } = await findCases(options.inputFolder, model.channels);
  if (extra.length > 0) {
    const shown = extra.slice(0, 10).join(', ');
    onMessage?.(`${extra.length} files belong to no case and are left out: ${shown}${extra.length > 10 ? ', …' : ''}`);
  }
  const { part = 0, parts = 1 } = options;
  const own = cases.filter((_, i) => i % parts === part);
  requirePreviousStage(options, own);
  await mkdir(outputFolder, { recursive: true });
  for (const [name, content] of Object.entries(model.settings))
    await writeFileAtomic(join(outputFolder, name), formatJson(content));
  const result: FolderResult = { predicted: [], skipped: [], elsewhere: [], failed: [] };
  const clock = new TimeLeft(own.length);
  for (const [index, input] of own.entries()) {
    signal?.throwIfAborted();
    if (isDone(options, input.id)) {
      result.skipped.push(input.id);
      clock.skip();
      continue;
    }
    const report = (share: number) => {
      const secondsLeft = clock.secondsLeft(share);
      options.onProgress?.({ caseId: input.id, casesDone: index, cases: own.length, share, secondsLeft });
    };
    try {
      report(0);
      result[(await predictLocked(options, input, report)) ? 'predicted' : 'elsewhere'].push(input.id);
      report(1);
    } catch (error) {
      signal?.throwIfAborted();
      if (isNnUNetError(error, 'disk-full')) throw error;
      const failure = error instanceof Error ? error : new Error(String(error));
      result.failed.push({ id: input.id, error: failure });
      onMessage?.(`${input.id} failed and is left out: ${failure.message}`);
    }
    clock.finish();
  }
  return result;
}

/** Predicts one case unless another process does; false where it does. */
async function predictLocked(
  options: PredictFolderOptions,
  { id, images }: InputCase,
  report: (share: number) => void,
): Promise<boolean> {
  const { model, outputFolder, mirroring, stepSize, gaussian, signal, previousStageFolder } = options;
  const lock = await acquireLock(join(outputFolder, `.${id}.lock`), { purpose: `the prediction of ${id}` }).catch(
    (error: unknown) => {
      if (isNnUNetError(error, 'locked')) return null;
      throw error;
    },
  );
  if (lock === null) {
    options.onMessage?.(`${id} is being predicted by another process`);
    return false;
  }
  try {
    const volumes = [];
    for (const file of images) volumes.push(await readVolume(file));
    const previousSegmentation = model.needsPreviousStage
      ? await readLabels(join(previousStageFolder!, `${id}.nii.gz`))
      : undefined;
    const prediction = await model.predict(volumes, {
      id,
      files: images.map((file) => basename(file)),
      previousSegmentation: previousSegmentation as { data: ArrayLike<number>; shape: readonly number[] } | undefined,
      mirroring,
      stepSize,
      gaussian,
      signal,
      onProgress: ({ done, total }) => report(done / total),
    });
    const { saveProbabilities, mode } = options;
    await writePrediction(join(outputFolder, id), prediction, { saveProbabilities, mode });
    return true;
  } finally {
    await lock.release();
  }
}

function isDone({ overwrite, outputFolder, saveProbabilities }: PredictFolderOptions, id: string): boolean {
  if (overwrite) return false;
  const endings = saveProbabilities ? ['.nii.gz', '.npz'] : ['.nii.gz'];
  return endings.every((ending) => existsSync(join(outputFolder, id + ending)));
}

function checkOptions(options: PredictFolderOptions): void {
  const { part = 0, parts = 1, mode = 'normal', saveProbabilities, model } = options;
  if (!(Number.isInteger(parts) && parts >= 1 && Number.isInteger(part) && part >= 0 && part < parts))
    throw usageError({ what: `there is no part ${part} of ${parts}`, remedy: 'Parts count from 0.' });
  if (!['normal', 'fast', 'fastest'].includes(mode))
    throw usageError({ what: `unrecognized mode "${mode}"`, remedy: 'It must be normal, fast or fastest.' });
  if (!model.modes.includes(mode))
    throw usageError({
      what: `this model has no mode ${mode}: models of regions and of nnU-Net v2 have none but normal`,
      remedy: 'Use normal.',
    });
  if (mode !== 'normal' && saveProbabilities)
    throw usageError({ what: `the mode ${mode} gives no probabilities`, remedy: 'Use normal.' });
}

function requirePreviousStage({ model, previousStageFolder: folder }: PredictFolderOptions, cases: InputCase[]): void {
  if (!model.needsPreviousStage) return;
  const missing = cases.filter(({ id }) => folder === undefined || !existsSync(join(folder, `${id}.nii.gz`)));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).map(({ id }) => `${id}.nii.gz`);
  throw new NnUNetError('missing-previous-stage', {
    what: `the cascade needs the 3d_lowres segmentation of every case; missing: ${shown.join(', ')}${missing.length > 10 ? ', …' : ''}`,
    where: folder,
    remedy: 'Predict the folder with 3d_lowres first and name its output (nnUNet_predict: -l).',
  });
}
