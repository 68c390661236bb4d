import type { NetworkDescription } from '@nnunet/network';
import type { TypedArray } from '@nnunet/tensor';
import type { GridRule, Volume } from '@nnunet/volume';
import type { GridNotice } from '@nnunet/volume/internal';
import type { CasePrediction, PredictionMode } from '../case-prediction.ts';
import type { CaseRules } from '../case-stages.ts';
import type { LabelMap } from '../previous-stage.ts';
import type { FoldEnsemble, TilingOptions } from './fold-ensemble.ts';

export interface PredictOptions extends TilingOptions {
  /** Name of the case for messages. */
  id?: string;
  /** Files of the images, for the properties. */
  files?: readonly string[];
  /** Correct the label map by the model's `postprocessing.json`, as nnUNet_predict does; true. */
  postprocess?: boolean;
  /** Labels that the stage before has found in this image; needed by a cascade's second stage. */
  previousSegmentation?: LabelMap;
  /** How the places of several images, and of the stage before, are compared. */
  grid?: GridRule;
  /** Told where they lie a little apart. */
  onNotice?: (notice: GridNotice) => void;
}

/** A trained model of this program, of nnU-Net v1 or of v2. Dispose of it after use. */
export interface TrainedModel {
  readonly description: {
    /** Name of the trainer class that made the model. */
    readonly trainer: string;
    /** E.g. '3d_fullres'. */
    readonly configuration: string;
    readonly network: NetworkDescription;
  };
  /** Which nnU-Net's rules it predicts by. v1 corrects label maps by the model's `postprocessing.json`, v2 does not. */
  readonly generation: 1 | 2;
  /** What is done before and after the network. */
  readonly rules: CaseRules;
  /** The networks, for cases that are prepared. */
  readonly ensemble: FoldEnsemble;
  /** Tells its weights from those of another model: a hash of some numbers of every tensor. */
  readonly identity: string;
  /** Folds whose results are averaged. */
  readonly folds: number;
  /** Images per case. */
  readonly channels: number;
  /** Whether `previousSegmentation` must be given. */
  readonly needsPreviousStage: boolean;
  /** Ways from probabilities to labels that the model has. */
  readonly modes: readonly PredictionMode[];
  /** JSON files that go with predictions, by name. */
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * Segments a case: preprocessing, prediction in tiles, and everything back to the original image.
   *
   * @param images one per channel, in the order of the training; or the only one
   * @throws NnUNetError 'bad-case', 'other-grid', 'missing-previous-stage', 'bad-previous-stage'; the signal's reason when aborted
   */
  predict(
    images: Volume<TypedArray> | readonly Volume<TypedArray>[],
    options?: PredictOptions,
  ): Promise<CasePrediction>;
  /** Frees the memory of the networks. */
  dispose(): Promise<void>;
}
