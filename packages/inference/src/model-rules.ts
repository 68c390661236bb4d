import type { OutputNonlinearity } from '@nnunet/network';
import type { PostprocessingRule } from '@nnunet/postprocess';
import type { PreprocessingLookup } from '@nnunet/preprocess';
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

/** The postprocessing that a model's folder prescribes for its label maps. */
export interface ModelPostprocessing {
  rule: PostprocessingRule;
  /** The content of the file. */
  content: unknown;
}

/** The source of rules: plain data that can be sent to threads. */
export type RulesData =
  | { version: 1; description: ModelDescription; postprocessing: ModelPostprocessing | null }
  | { version: 2; description: ModelDescriptionV2 };

/** Names of labels by value, background included. */
export type NamedLabels = Readonly<Record<string, string>>;

/** The lookup is for what the plans name. */
export interface InputImages extends PreprocessingLookup {
  /** One per channel. */
  images: readonly Volume<TypedArray>[];
  /** For error messages. */
  id: string;
  /** File names of the images. */
  files?: readonly string[];
  /** Segmentation of the previous stage. */
  previousSegmentation?: LabelMap;
  /** How the positions of the images are compared. */
  grid?: GridRule;
}

/** The properties of a prepared case that are needed to transform results back to the image. */
export interface PreparedGeometry {
  properties: CaseProperties;
  /** v2 only: geometry of the image and how its axes were reoriented. */
  original: { geometry: ImageGeometry; orientation: Orientation } | null;
}

/** A case as input of the network. */
export interface PreparedImage extends PreparedGeometry {
  /** (channels, z, y, x), network order, including any one-hot channels of the previous stage. */
  image: Tensor<Float32Array>;
}

/**
 * The rules by which a model predicts: `RulesV1` for models of this program and of v1, `RulesV2` for those of v2.
 * Covers every difference between the two.
 */
export interface ModelRules<P extends CasePrediction = CasePrediction> {
  readonly version: 1 | 2;
  readonly description: ModelDescription | ModelDescriptionV2;
  /** Plain data for threads: `rulesOf` recreates the rules from it. */
  readonly data: RulesData;
  /** Images per case. */
  readonly channels: number;
  /** Whether one file may hold several of them, such as colours. */
  readonly severalPerFile: boolean;
  /** Names of the images of a case, in order, as in dataset.json. */
  readonly channelNames: readonly string[];
  /** Names of the labels in label maps, by value, as in dataset.json; empty if the model does not say. */
  readonly labelNames: NamedLabels;
  /** Whether the previous stage's labels are required. */
  readonly needsPreviousStage: boolean;
  /** JSON files stored with the predictions, as text by name. */
  readonly files: Readonly<Record<string, string>>;

  /**
   * Axes and spacing of the network, mm in network order; only two spacings for a 2D network, which keeps the slices.
   */
  readonly grid: { transposeForward: readonly number[]; spacing: readonly number[] };
  /** Whether each channel is normalised within its nonzero mask, so that 0 means background. */
  readonly useMaskForNorm: Readonly<Record<number, boolean>>;
  /** Whether a channel showing the mask is kept. */
  readonly keepsMask: boolean;
  /** Whether each channel is normalised and resampled in a copy. */
  readonly copiesChannels: boolean;
  /** Returns what must be kept of an image, besides the properties of its case, to transform results back. */
  originalOf(image: ImageGeometry): PreparedGeometry['original'];
  /**
   * Requires the preprocessor and the normalisation schemes that the plans name.
   *
   * @throws NnUNetError 'unknown-preprocessor', 'unknown-normalization'
   */
  requireKnownSteps(lookup: PreprocessingLookup): void;
  /**
   * Carries out everything before the network.
   *
   * @throws NnUNetError 'bad-case', 'missing-previous-stage', 'bad-previous-stage'; as {@link requireKnownSteps}
   */
  prepare(input: InputImages): PreparedImage;

  /** Voxels, network order; two entries for a 2D network. */
  readonly patchSize: readonly number[];
  /** The output nonlinearity of the network. */
  readonly nonlinearity: OutputNonlinearity;
  /** Yields a fold's scores of a prepared image, a few planes at a time. */
  predictPlanes(options: TiledPredictionOptions): AsyncGenerator<FinishedPlanes>;
  /** Adds a fold's scores to the sum, in place. */
  addFold(sum: Float32Array, fold: Float32Array): void;
  /** Divides the sum by the number of folds, in place. */
  divide(sum: Float32Array, folds: number): void;

  /** Supported modes of computing labels from scores. */
  readonly modes: readonly PredictionMode[];
  /** Carries out everything after the network, from the scores of a whole case. */
  prediction(geometry: PreparedGeometry, scores: Tensor<Float32Array>): P;
  /**
   * Computes the same labels as {@link prediction}, from scores that arrive plane by plane.
   *
   * @param shape (classes, z, y, x), of all scores
   * @throws NnUNetError 'usage' for a mode that the model does not support, 'memory-limit' if `maxMemory` is too small
   */
  planLabels(shape: readonly number[], geometry: PreparedGeometry, options?: LabelOptions): LabelPlan;
  /** Postprocessing of finished label maps, including those already on disk; null for none. */
  readonly postprocessing: PostprocessingRule | null;
  /** Returns the same rules without postprocessing. */
  withoutPostprocessing(): ModelRules<P>;
}
