import type { Fold, Roots } from '@nnunet/schema';
import type { TrainedConfiguration } from '../candidate.ts';
import type { ReadProperties } from './case-properties.ts';
import type { MissingSoftmax } from './validated-cases.ts';

export interface FindBestOptions {
  /** v1's RESULTS_FOLDER: models lie in its sub-folder nnUNet. */
  resultsFolder: string;
  /** Id or name. */
  task: string | number;
  /** Configurations to compare; all four by default. */
  models?: readonly string[];
  /** `cascade` trained 3d_cascade_fullres, `standard` the others. v1's by default. */
  trainers?: { standard?: string; cascade?: string };
  /** Plans identifier; v1's by default. */
  plans?: string;
  /** 0 to 4 by default. */
  folds?: readonly Fold[];
  /** A configuration that cannot be scored is an error; true, as in nnU-Net 1.7. Else it is left out with a warning. */
  strict?: boolean;
  /** Decide on postprocessing where that has not been done; true, as in nnU-Net 1.7. Else it is an error. */
  allowMissingPostprocessing?: boolean;
  disableEnsembling?: boolean;
  disablePostprocessing?: boolean;
  /** Predicts validation cases again that lack stored probabilities; without it that is an error. */
  predictMissingSoftmax?: (missing: MissingSoftmax & TrainedConfiguration & { task: string }) => Promise<void>;
  /** Properties beside stored probabilities; `<case>.json`, or v1's `<case>.pkl`, by default. */
  readProperties?: ReadProperties;
  /** Arguments that every printed command ends with, such as where the results lie. */
  commonArguments?: readonly string[];
  /** The references of the task as they are now, to see whether labels were corrected since the validations. */
  currentReferences?: string;
  /** Score against these where they differ from those that a model was scored against; false, then it is said. */
  rescore?: boolean;
  workers?: number;
  signal?: AbortSignal;
  onProgress?: (progress: FindBestProgress) => void;
  onWarning?: (text: string) => void;
}

export interface FindBestProgress {
  /** The configuration or ensemble that is worked on. */
  candidate: string;
  step: string;
  done: number;
  total: number;
}

/** Options with their defaults, and what follows from them. */
export type Search = FindBestOptions &
  Required<Pick<FindBestOptions, 'models' | 'plans' | 'folds' | 'strict' | 'allowMissingPostprocessing'>> & {
    task: string;
    roots: Roots;
    trainer: string;
    cascadeTrainer: string;
  };
