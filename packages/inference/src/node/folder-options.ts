import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger, requireOneOf, requirePositive } from '@nnunet/errors/internal';
import type { PreprocessingLookup } from '@nnunet/preprocess';
import { isSamePath } from '@nnunet/tensor/node/internal';
import type { GridRule, ImageFormats } from '@nnunet/volume';
import type { PredictionMode } from '../case-prediction.ts';
import type { ModelRules } from '../model-rules.ts';
import type { InputCase } from './find-cases.ts';
import type { TrainedModel } from './trained-model.ts';

export interface ThreadNumbers {
  /** Threads that read and preprocess cases; 0 uses the calling thread. */
  preparing: number;
  /** Threads that restore and write cases; 0 uses the calling thread. */
  writing: number;
}

/** The lookup is for the preprocessor and the normalisation schemes that the model names. */
export interface PredictFolderOptions extends PreprocessingLookup {
  model: TrainedModel;
  /** Folder of images; {@link findCases} says how they are named. */
  inputFolder?: string;
  /** The cases to predict, instead of those of a folder: each with one image per channel. */
  cases?: readonly InputCase[];
  outputFolder: string;
  /** Predict again if an output already exists. Default: false. */
  overwrite?: boolean;
  /** Ids of cases that are not predicted again, beside `cases`: their label maps have another form. They must be of this model. */
  kept?: readonly string[];
  /** Also write probabilities and properties, for an ensemble. Default: false. */
  saveProbabilities?: boolean;
  /** Folder with the previous stage's `<case>.nii.gz`; required for a cascade's second stage. */
  previousStageFolder?: string;
  mode?: PredictionMode;
  /** Apply the model's `postprocessing.json` to the label maps, including existing ones. Default: true. */
  postprocess?: boolean;
  /** How the positions of a case's images are compared. */
  grid?: GridRule;
  mirroring?: boolean;
  /** Axes of the patch to mirror along, among those that the model allows. Default: all of them. */
  mirrorAxes?: readonly number[];
  stepSize?: number;
  gaussian?: boolean;
  /** 'body' skips tiles that contain only background. Default: 'all'. */
  tiles?: 'all' | 'body';
  /**
   * Approximate memory limit of this process in bytes. Default: the memory it already uses plus four fifths of the free
   * memory.
   */
  maxMemory?: number;
  /** Threads that prepare and threads that write cases; 0 for none. Default: one of each where they pay off. */
  threads?: Partial<ThreadNumbers>;
  /** Image formats. Default: NIfTI. */
  formats?: ImageFormats;
  /** This call predicts cases part, part + parts, … Default: part 0 of 1. */
  part?: number;
  parts?: number;
  signal?: AbortSignal;
  /** Called once, before the first case. */
  onEstimate?: (estimate: FolderEstimate) => void;
  onProgress?: (progress: FolderProgress) => void;
  /** Receives messages for the user. */
  onMessage?: (text: string) => void;
}

export interface FolderProgress {
  caseId: string;
  /** Cases finished before this one, and the total number of cases. */
  casesDone: number;
  cases: number;
  /** Finished fraction of the current case. */
  share: number;
  /** null before the first estimate. */
  secondsLeft: number | null;
}

/** The expected cost of a prediction, reported before it starts. */
export interface FolderEstimate {
  cases: number;
  /**
   * Network evaluations, counting each mirrored version of a tile and each fold; an upper bound if tiles are skipped.
   */
  evaluations: number;
  seconds: number;
  /** Tiles outside the body will be skipped; how many is not yet known. */
  atMost: boolean;
  /** Cases about which nothing is known before they are read; they count as average. */
  unknown: number;
}

export interface FolderResult {
  predicted: string[];
  /** Cases whose outputs already existed. */
  skipped: string[];
  /** Cases that another process is predicting. */
  elsewhere: string[];
  failed: { id: string; error: Error }[];
}

/** Returns the model's rules, without postprocessing if it is disabled. */
export function rulesOf({ model, postprocess = true }: PredictFolderOptions): ModelRules {
  return postprocess ? model.rules : model.rules.withoutPostprocessing();
}

/**
 * Checks the options that can be checked without a model.
 *
 * @throws NnUNetError 'usage' for options that are invalid or contradict each other
 */
export function checkFolderOptions(
  options: Omit<PredictFolderOptions, 'model' | 'inputFolder' | 'outputFolder'>,
): void {
  const { part = 0, parts = 1, mode = 'normal', threads = {} } = options;
  requireInteger('threads.preparing', threads.preparing, 0);
  requireInteger('threads.writing', threads.writing, 0);
  for (const axis of options.mirrorAxes ?? []) requireInteger('mirrorAxes', axis, 0, 2);
  requirePositive('stepSize', options.stepSize, 1);
  requirePositive('maxMemory', options.maxMemory);
  requireInteger('parts', parts, 1);
  requireInteger('part', part, 0, parts - 1);
  requireOneOf('mode', mode, ['normal', 'fast', 'fastest']);
  if (mode !== 'normal' && options.saveProbabilities)
    throw usageError({
      what: `\`mode\` ${mode} does not produce probabilities`,
      remedy: 'Use `mode` normal, or leave out `saveProbabilities`.',
    });
}

/** @throws NnUNetError 'usage' as {@link checkFolderOptions}, and for options that do not apply to the model */
export function checkOptions({ model, ...options }: PredictFolderOptions): void {
  checkFolderOptions(options);
  const { mode = 'normal' } = options;
  if (!model.rules.modes.includes(mode))
    throw usageError({
      what: `this model does not support \`mode\` ${mode}: models of regions and of nnU-Net v2 support only normal`,
      remedy: 'Use `mode` normal.',
    });
}

/**
 * Requires that predictions replace no images: separate folders, since the next run would mistake label maps for images;
 * or, for given cases, label maps that are not among the images.
 *
 * @throws NnUNetError 'usage'
 */
export async function requireOtherFolder({
  inputFolder,
  cases = [],
  outputFolder,
}: Pick<PredictFolderOptions, 'inputFolder' | 'cases' | 'outputFolder'>): Promise<void> {
  const remedy = 'Give another output folder.';
  if (inputFolder !== undefined && (await isSamePath(inputFolder, outputFolder))) {
    throw usageError({ what: 'the image folder is also the output folder', where: inputFolder, remedy });
  }
  for (const { id, images } of cases) await requireOtherFile(images, join(outputFolder, `${id}.nii.gz`), remedy);
}

/** @throws NnUNetError 'usage' if a label map would replace one of the images */
export async function requireOtherFile(images: readonly string[], labelMap: string, remedy: string): Promise<void> {
  for (const image of images) {
    if (await isSamePath(image, labelMap))
      throw usageError({ what: 'the label map would replace this image', where: image, remedy });
  }
}

/** @throws NnUNetError 'missing-previous-stage' if a cascade lacks the labels of a case */
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
