import type { FileSource, ImageSource } from '@nnunet/inference/internal';
import type { EpochReport } from './finished-epoch.ts';
import type { TrainingProgress } from './training-ports.ts';
import type { TuningSettings } from './tuning.ts';

/** A labelled case of the user. */
export interface CaseSource {
  id: string;
  images: readonly ImageSource[];
  labels: ImageSource;
}

export interface PrepareRequest {
  kind: 'prepare';
  model: FileSource;
  /** File name of the model, for error messages. */
  name: string;
  cases: readonly CaseSource[];
  /** Address of the folder with onnxruntime-web's files. */
  runtime: string;
  threads: number | undefined;
  maxMemory: number;
  batchSize: number | undefined;
}

export interface TrainRequest {
  kind: 'train';
  settings: Partial<TuningSettings>;
}

export type TuningRequest = PrepareRequest | TrainRequest;

/** What a page is told about its fine-tuning once it is prepared. */
export interface TuningFacts {
  batchSize: number;
  secondsPerStep: number;
  compute: string;
}

/** What is being prepared, and how much of it is done: 'loading' in bytes, 'preparing' in cases. */
export interface PreparingProgress {
  what: 'loading' | 'preparing' | 'timing';
  done: number;
  total: number;
}

export type TuningProgress =
  | { kind: 'preparing'; progress: PreparingProgress }
  | { kind: 'training'; progress: TrainingProgress }
  | { kind: 'epoch'; report: EpochReport };
