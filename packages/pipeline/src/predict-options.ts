import type { PresetName } from '@nnunet/inference';
import type { InputCase, PredictFolderOptions } from '@nnunet/inference/node';
import { checkFolderOptions } from '@nnunet/inference/node/internal';
import type { Compute } from '@nnunet/network/node';
import type { Roots } from '@nnunet/schema';
import type { TrainerName } from '@nnunet/trainer';
import type { DicomOutput } from './dicom-output.ts';
import type { Extensions } from './extensions.ts';
import type { Reporter } from './reporter.ts';

export interface PredictImagesOptions {
  roots: Roots;
  /** Folder of images; see `findCases`. */
  inputFolder?: string;
  /** The cases to predict, instead of those of a folder. */
  cases?: readonly InputCase[];
  /** Ids of cases that are not predicted again, beside `cases`: their label maps have another form. They must be of this model. */
  kept?: readonly string[];
  outputFolder: string;
  /**
   * Folder of a trained model of this program, of nnU-Net v1 or v2; replaces task, trainer, configuration and plans.
   */
  modelFolder?: string;
  /** Id or name of a task, or of a dataset of nnU-Net v2 whose models are installed. */
  task?: string;
  /** Default: nnUNetTrainerV2. For models of v2: the only one installed, else nnUNetTrainer. */
  trainer?: TrainerName;
  /**
   * Trainer of 3d_cascade_fullres; `trainer` is then the one of 3d_lowres. Default: nnUNetTrainerV2CascadeFullRes. For
   * models of v2: as `trainer`.
   */
  cascadeTrainer?: TrainerName;
  /**
   * Default: the best that is trained; see {@link trainedConfiguration}. For models of v2: the only one installed, else
   * 3d_fullres.
   */
  configuration?: string;
  /** Default: nnUNetPlansv2.1. For models of v2: the only one installed, else nnUNetPlans. */
  plansIdentifier?: string;
  /** Folds to average, or ['all']. Default: all trained folds. */
  folds?: readonly string[];
  /** Base name of the checkpoint. */
  checkpoint: string;
  saveSoftmax: boolean;
  /**
   * 3d_cascade_fullres: folder of the label maps predicted by 3d_lowres. Default: they are predicted first, unless
   * `modelFolder` is given.
   */
  lowresSegmentations?: string;
  partId: number;
  numParts: number;
  /** How closely to follow v1: 'exact' gives v1's result. The three options below take precedence. */
  preset?: PresetName;
  /** Axes of the patch to mirror along, among those that the model allows. */
  mirrorAxes?: readonly number[];
  /** Distance between tiles as a fraction of the patch. */
  stepSize?: number;
  /** Evaluate all tiles, or only those that contain part of the body. */
  tiles?: 'all' | 'body';
  overwrite: boolean;
  /** Device and settings for running the network. */
  compute?: Compute;
  /** Memory limit of the program in bytes; see `predictFolder`. */
  maxMemory?: number;
  /** Threads that prepare and threads that write cases; see `predictFolder`. */
  threads?: PredictFolderOptions['threads'];
  mode?: PredictFolderOptions['mode'];
  /**
   * Compare the geometry of a case's images by v1's rule, number by number, instead of by the distance between voxels.
   */
  strictGeometry?: boolean;
  /** Also write label maps in the format of the images if that is NRRD or MetaImage. */
  keepFormat?: boolean;
  /** Also write DICOM objects for cases whose first image is a DICOM series. */
  dicom?: DicomOutput;
  /** Where preprocessors, normalisation schemes and image formats are looked up. Default: the built-in ones. */
  extensions?: Pick<Extensions, 'preprocessors' | 'normalizations' | 'formats'>;
  reporter: Reporter;
  /** Called once for each model, before its first case. */
  onEstimate?: PredictFolderOptions['onEstimate'];
  signal?: AbortSignal;
}

export interface PredictResult {
  predicted: number;
  skipped: number;
  /** Names of the labels by value, from the model or the task's dataset.json; empty if neither says. */
  labelNames: Readonly<Record<string, string>>;
}

/**
 * Checks the options that can be checked without a model.
 *
 * @throws NnUNetError 'usage' for options that are invalid or contradict each other
 */
export function checkPredictOptions({
  partId: part,
  numParts: parts,
  saveSoftmax: saveProbabilities,
  ...options
}: Pick<
  PredictImagesOptions,
  'partId' | 'numParts' | 'saveSoftmax' | 'mirrorAxes' | 'stepSize' | 'mode' | 'maxMemory' | 'threads'
>): void {
  checkFolderOptions({ ...options, part, parts, saveProbabilities });
}
