import type { MessagePort } from 'node:worker_threads';
import type { PresetName } from '@nnunet/inference';
import type { Compute } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import type { ServedFiles } from './served-files.ts';

/** A label of a model, as the page and programs show it. */
export interface ServedLabel {
  value: number;
  name: string;
  /** `#rrggbb` */
  color: string;
}

/** What clients learn about a model. */
export interface ModelInfo {
  trainer: string;
  configuration: string;
  /** Number of folds whose results are averaged. */
  folds: number;
  /** Names of the images of a case, in the order in which they are sent. */
  channels: readonly string[];
  /** Foreground labels whose names the model knows. */
  labels: readonly ServedLabel[];
  /** Whether one file may hold several of the channels, such as colours. */
  severalPerFile: boolean;
  /** Ends of the names of image files that it takes. */
  imageEndings: readonly string[];
  /** In what a label map may be sent, by the end of its name; the usual one first. */
  labelFormats: readonly string[];
}

/** What the server learns about a model that it has loaded. */
export interface LoadedModel {
  info: ModelInfo;
  /** The nnU-Net whose rules it follows. */
  version: 1 | 2;
  files: ServedFiles;
  /** Whether it computes with 8-bit integers, and why, in words; null if that was not asked for. */
  integers: string | null;
}

/** Loads a model and keeps it. */
export interface LoadWork {
  kind: 'load';
  folder: string;
  folds?: readonly Fold[];
  checkpoint?: string;
  compute?: Compute;
  /** Whether to compute with 8-bit integers, where the model has been calibrated for them. */
  integers: boolean;
}

/** Predicts one image, into a folder. */
export interface PredictWork {
  kind: 'predict';
  /** Paths, one per channel. Folders of slices end in '/'. */
  images: readonly string[];
  outputFolder: string;
  /** End of the name of the label map. */
  format: string;
  preset: PresetName;
  /** Memory limit of the program in bytes. */
  maxMemory?: number;
  /** Receives {@link ShareDone}; any message to it stops the prediction. */
  port: MessagePort;
}

export interface ShareDone {
  /** Finished fraction. */
  share: number;
  /** null before the first estimate. */
  secondsLeft: number | null;
}

/** What a label map contains. */
export interface PredictedLabels {
  /** Path of the label map. */
  file: string;
  /** Voxels of each foreground label that occurs, by value. */
  voxels: Record<number, number>;
  /** mm³; null for flat images, whose pixels have no size. */
  voxelVolume: number | null;
  /** Of the images: whether one has no spacing, so that 1 mm is assumed. */
  spacingAssumed: boolean;
}

/** Name of the one case of a request. */
export const CASE = 'image';
