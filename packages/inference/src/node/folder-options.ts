import type { Preprocessors } from '@nnunet/preprocess';
import type { GridRule, ImageFormats } from '@nnunet/volume';
import type { PredictionMode } from '../case-prediction.ts';
import type { ThreadNumbers } from './case-threads.ts';
import type { TrainedModel } from './trained-model.ts';

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
