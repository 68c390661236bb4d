import type { OutputNonlinearity } from '@nnunet/network';
import type { PostprocessingRule } from '@nnunet/postprocess';
import type { Preprocessors } from '@nnunet/preprocess';
import type { Orientation } from '@nnunet/preprocess/internal';
import type { CaseProperties } from '@nnunet/schema';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { GridRule, ImageGeometry, Volume } from '@nnunet/volume';
import type { CasePrediction, LabelOptions, LabelPlan, PredictionMode } from './case-prediction.ts';
import type { ModelDescription } from './model-description.ts';
import type { LabelMap } from './previous-stage.ts';
import type { FinishedPlanes } from './tiled-planes.ts';
import type { TiledPredictionOptions } from './tiled-prediction-options.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';

/** What a model's folder says is done to its label maps. */
export interface ModelPostprocessing {
  rule: PostprocessingRule;
  /** The content of the file. */
  content: unknown;
}

/** What rules are made of: plain data, so that threads can have it. */
export type RulesData =
  | { version: 1; description: ModelDescription; postprocessing: ModelPostprocessing | null }
  | { version: 2; description: ModelDescriptionV2 };

export interface InputImages {
  /** One per channel. */
  images: readonly Volume<TypedArray>[];
  /** For messages. */
  id: string;
  /** Names of the images' files. */
  files?: readonly string[];
  /** What the stage before has found. */
  previousSegmentation?: LabelMap;
  /** How the places of the images are compared. */
  grid?: GridRule;
  /** Where the preprocessor of the plans is looked up; the shipped ones if not given. */
  preprocessors?: Preprocessors;
}

/** What the way back to the image needs to know of a prepared case. */
export interface PreparedGeometry {
  properties: CaseProperties;
  /** v2: geometry of the image, and how its axes were turned. */
  original: { geometry: ImageGeometry; orientation: Orientation } | null;
}

/** A case as the network takes it. */
export interface PreparedImage extends PreparedGeometry {
  /** (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any. */
  image: Tensor<Float32Array>;
}

/**
 * By which nnU-Net's rules a model predicts: `RulesV1` for models of this program and of v1, `RulesV2` for those of v2.
 * Whatever the two do differently is asked here.
 */
export interface ModelRules<P extends CasePrediction = CasePrediction> {
  readonly version: 1 | 2;
  readonly description: ModelDescription | ModelDescriptionV2;
  /** For threads: `rulesOf` makes the same rules of it. */
  readonly data: RulesData;
  /** Images per case. */
  readonly channels: number;
  /** Whether the labels of the stage before must be given. */
  readonly needsPreviousStage: boolean;
  /** JSON files that go with predictions, by name. */
  readonly files: Readonly<Record<string, unknown>>;

  /** Axes and spacing of the network, mm in network order; two spacings for a 2D network, which keeps the slices. */
  readonly grid: { transposeForward: readonly number[]; spacing: readonly number[] };
  /** Whether a channel is normalised within its nonzero mask, so that 0 is background. */
  readonly useMaskForNorm: Readonly<Record<number, boolean>>;
  /** A channel is kept that shows the mask. */
  readonly keepsMask: boolean;
  /** Each channel is normalised, and resampled, in a copy. */
  readonly copiesChannels: boolean;
  /** What the way back must know of an image beside the properties of its case. */
  originalOf(image: ImageGeometry): PreparedGeometry['original'];
  /**
   * Everything before the network.
   * @throws NnUNetError 'bad-case', 'missing-previous-stage', 'bad-previous-stage'
   */
  prepare(input: InputImages): PreparedImage;

  /** Voxels, network order; two entries for a 2D network. */
  readonly patchSize: readonly number[];
  /** What a network gives for a patch. */
  readonly nonlinearity: OutputNonlinearity;
  /** A fold's scores of a prepared image, a few planes at a time. */
  predictPlanes(options: TiledPredictionOptions): AsyncGenerator<FinishedPlanes>;
  /** Adds a fold's scores to the sum, in place. */
  addFold(sum: Float32Array, fold: Float32Array): void;
  /** Divides the sum by the number of folds, in place. */
  divide(sum: Float32Array, folds: number): void;

  /** Ways from scores to labels. */
  readonly modes: readonly PredictionMode[];
  /** Everything after the network, from the scores of a whole case. */
  prediction(geometry: PreparedGeometry, scores: Tensor<Float32Array>): P;
  /**
   * The labels that {@link prediction} would give, from scores that come plane by plane.
   *
   * @param shape (classes, z, y, x) of all scores
   * @throws NnUNetError 'usage' for a mode that the model does not have, 'memory-limit' where `maxMemory` is too little
   */
  planLabels(shape: readonly number[], geometry: PreparedGeometry, options?: LabelOptions): LabelPlan;
  /** What is done to finished label maps, those on the disk too; null: nothing. */
  readonly postprocessing: PostprocessingRule | null;
  /** The same rules, but for the postprocessing. */
  withoutPostprocessing(): ModelRules<P>;
}
