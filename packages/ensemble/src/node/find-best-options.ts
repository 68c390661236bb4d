import type { Fold, Roots } from '@nnunet/schema';
import { trainerOf } from '@nnunet/schema/internal';
import type { TrainedConfiguration } from '../candidate.ts';
import type { ReadProperties } from './case-properties.ts';
import type { MissingSoftmax } from './validated-cases.ts';

export interface FindBestOptions {
  /** v1's RESULTS_FOLDER: models are in its sub-folder nnUNet. */
  resultsFolder: string;
  /** Id or name. */
  task: string | number;
  /** Configurations to compare. Default: all four. */
  models?: readonly string[];
  /** `cascade` trained 3d_cascade_fullres, `standard` the others. Default: v1's trainers. */
  trainers?: { standard?: string; cascade?: string };
  /** Plans identifier. Default: v1's. */
  plans?: string;
  /** Default: 0 to 4. */
  folds?: readonly Fold[];
  /**
   * Throw if a configuration cannot be scored, instead of skipping it with a warning. Default: true, as in nnU-Net 1.7.
   */
  strict?: boolean;
  /** Decide on postprocessing if that has not been done, instead of throwing. Default: true, as in nnU-Net 1.7. */
  allowMissingPostprocessing?: boolean;
  disableEnsembling?: boolean;
  disablePostprocessing?: boolean;
  /** Predicts again the validation cases without stored probabilities. Default: missing probabilities are an error. */
  predictMissingSoftmax?: (missing: MissingSoftmax & TrainedConfiguration & { task: string }) => Promise<void>;
  /** Reads the properties stored next to probabilities. Default: `<case>.json`, or v1's `<case>.pkl`. */
  readProperties?: ReadProperties;
  /** Arguments appended to every printed command, such as the results folder. */
  commonArguments?: readonly string[];
  /** The task's current references, to detect labels corrected since the validations. */
  currentReferences?: string;
  /**
   * Score against the current references if they differ from those that a model was scored against. Default: false,
   * which only warns.
   */
  rescore?: boolean;
  workers?: number;
  signal?: AbortSignal;
  onProgress?: (progress: FindBestProgress) => void;
  onWarning?: (text: string) => void;
}

export interface FindBestProgress {
  /** The current configuration or ensemble. */
  candidate: string;
  step: string;
  done: number;
  total: number;
}

/** Options with their defaults and the values derived from them. */
export type Search = FindBestOptions &
  Required<Pick<FindBestOptions, 'models' | 'plans' | 'folds' | 'strict' | 'allowMissingPostprocessing'>> & {
    task: string;
    roots: Roots;
    trainer: string;
    cascadeTrainer: string;
  };

/** The folders of data that a comparison needs. */
export function rootsOf(resultsFolder: string): Roots {
  return { rawBase: null, preprocessed: null, results: resultsFolder };
}

/** A configuration with the trainer that it is compared with. */
export function memberOf(
  configuration: string,
  compared: Pick<Search, 'plans' | 'trainer' | 'cascadeTrainer'>,
): TrainedConfiguration {
  return { configuration, plans: compared.plans, trainer: trainerOf(compared, configuration) };
}
