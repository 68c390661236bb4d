import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import type { Preprocessors } from '@nnunet/preprocess';
import { isSameFolder } from '@nnunet/tensor/node/internal';
import type { GridRule, ImageFormats } from '@nnunet/volume';
import type { PredictionMode } from '../case-prediction.ts';
import type { ModelRules } from '../model-rules.ts';
import type { InputCase } from './find-cases.ts';
import type { TrainedModel } from './trained-model.ts';

export interface ThreadNumbers {
  /** Threads that read and preprocess cases; 0: this one does. */
  preparing: number;
  /** Threads that restore and write cases; 0: this one does. */
  writing: number;
}

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
  /** Correct label maps by the model's `postprocessing.json`, those that existed too; true. */
  postprocess?: boolean;
  /** How the places of the images of a case are compared. */
  grid?: GridRule;
  mirroring?: boolean;
  /** Axes of the patch to mirror along, of those that the model allows; all of them. */
  mirrorAxes?: readonly number[];
  stepSize?: number;
  gaussian?: boolean;
  /** 'body' leaves out tiles of nothing but background; 'all'. */
  tiles?: 'all' | 'body';
  /** Bytes that this process may use at most, about; by default what it has and four fifths of what is free. */
  maxMemory?: number;
  /** Threads that prepare and that write cases, 0 for none; by default one of each where they pay. */
  threads?: Partial<ThreadNumbers>;
  /** Formats of the images; NIfTI if not given. */
  formats?: ImageFormats;
  /** Where the preprocessor of the model is looked up; the shipped ones if not given. */
  preprocessors?: Preprocessors;
  /** This call does cases part, part + parts, …; 0 of 1. */
  part?: number;
  parts?: number;
  signal?: AbortSignal;
  /** Once, before the first case. */
  onEstimate?: (estimate: FolderEstimate) => void;
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

/** What a prediction will take, told before it starts. */
export interface FolderEstimate {
  cases: number;
  /** Evaluations of a network, each mirrored version of a tile and each fold counted; at most, where tiles are left out. */
  evaluations: number;
  seconds: number;
  /** Tiles outside the body will be left out, and how many these are shows later. */
  atMost: boolean;
  /** Cases of which nothing is known before they are read; the others' mean stands for them. */
  unknown: number;
}

export interface FolderResult {
  predicted: string[];
  /** Their outputs existed. */
  skipped: string[];
  /** Another process is at them. */
  elsewhere: string[];
  failed: { id: string; error: Error }[];
}

/** The model's rules, as far as they are wanted. */
export function rulesOf({ model, postprocess = true }: PredictFolderOptions): ModelRules {
  return postprocess ? model.rules : model.rules.withoutPostprocessing();
}

/** @throws NnUNetError 'usage' for options that mean nothing, or nothing together, or nothing to the model */
export function checkOptions(options: PredictFolderOptions): void {
  const { part = 0, parts = 1, mode = 'normal', saveProbabilities, model, threads, maxMemory, stepSize } = options;
  for (const [name, n] of Object.entries(threads ?? {}))
    if (n !== undefined && !(Number.isInteger(n) && n >= 0))
      throw usageError({ what: `${n} is not a valid number of threads (${name})`, remedy: 'Give 0 or more.' });
  if (stepSize !== undefined && !(stepSize > 0 && stepSize <= 1))
    throw usageError({ what: `step size ${stepSize} is not in (0, 1]`, remedy: 'Use 0.5, as nnU-Net does.' });
  if (maxMemory !== undefined && !(maxMemory > 0))
    throw usageError({ what: `${maxMemory} bytes is not a valid memory limit`, remedy: 'Give a larger limit.' });
  if (!(Number.isInteger(parts) && parts >= 1 && Number.isInteger(part) && part >= 0 && part < parts))
    throw usageError({ what: `there is no part ${part} of ${parts}`, remedy: 'Parts are numbered from 0.' });
  if (!['normal', 'fast', 'fastest'].includes(mode))
    throw usageError({ what: `unknown mode "${mode}"`, remedy: 'It must be normal, fast or fastest.' });
  if (!model.rules.modes.includes(mode))
    throw usageError({
      what: `this model does not support mode ${mode}: models of regions and of nnU-Net v2 support only normal`,
      remedy: 'Use normal.',
    });
  if (mode !== 'normal' && saveProbabilities)
    throw usageError({ what: `the mode ${mode} does not produce probabilities`, remedy: 'Use normal.' });
}

/**
 * Label maps among the images would be taken for images the next time.
 *
 * @throws NnUNetError 'usage' where images and predictions would lie in one folder
 */
export async function requireOtherFolder({
  inputFolder,
  outputFolder,
}: Pick<PredictFolderOptions, 'inputFolder' | 'outputFolder'>): Promise<void> {
  if (!(await isSameFolder(inputFolder, outputFolder))) return;
  const what = 'the image folder is also the output folder';
  throw usageError({ what, where: inputFolder, remedy: 'Give another output folder.' });
}

/** @throws NnUNetError 'missing-previous-stage' where a cascade lacks the labels of a case */
export function requirePreviousStage(
  { model, previousStageFolder: folder }: PredictFolderOptions,
  cases: InputCase[],
): void {
  if (!model.needsPreviousStage) return;
  const missing = cases.filter(({ id }) => folder === undefined || !existsSync(join(folder, `${id}.nii.gz`)));
  if (missing.length === 0) return;
  const shown = missing.slice(0, 10).map(({ id }) => `${id}.nii.gz`);
  throw new NnUNetError('missing-previous-stage', {
    what: `the cascade needs the 3d_lowres segmentation of every case; missing: ${shown.join(', ')}${missing.length > 10 ? ', …' : ''}`,
    where: folder,
    remedy: 'Predict the folder with 3d_lowres first and name its output (`previousStageFolder`).',
  });
}
