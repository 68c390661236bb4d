import type { CaseProperties } from '@nnunet/dataset';
import type { Orientation } from '@nnunet/preprocess';
import type { Tensor, TypedArray } from '@nnunet/tensor';
import type { ImageGeometry, Volume } from '@nnunet/volume';
import type { CasePrediction, PredictionMode } from './case-prediction.ts';
import type { ModelDescription } from './model-description.ts';
import { Prediction } from './prediction.ts';
import type { LabelMap } from './previous-stage.ts';
import { planLabels, prepareImages } from './stages-v1.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { PredictionV2 } from './v2/prediction-v2.ts';
import { planLabelsV2, prepareImagesV2 } from './v2/stages-v2.ts';

/** What is done before and after the network, by the rules of v1 or v2. Plain data, so that threads can have it. */
export type CaseRules =
  | { generation: 1; description: ModelDescription }
  | { generation: 2; description: ModelDescriptionV2 };

/** What the way back to the image needs to know of a prepared case. */
export interface PreparedGeometry {
  properties: CaseProperties;
  /** v2: geometry of the image, and how its axes were turned. */
  original: { geometry: ImageGeometry; orientation: Orientation } | null;
}

/** A case as the network takes it. */
export interface PreparedInput extends PreparedGeometry {
  /** (channels, z, y, x), network order, with the one-hot channels of the stage before where there are any. */
  image: Tensor<Float32Array>;
}

export interface InputImages {
  /** One per channel. */
  images: readonly Volume<TypedArray>[];
  /** For messages. */
  id: string;
  /** Names of the images' files. */
  files?: readonly string[];
  /** What the stage before has found. */
  previousSegmentation?: LabelMap;
}

/** A way from scores that come plane by plane to labels in the image. */
export interface PlannedLabels {
  /** Bytes held at most, the result included. */
  bytes: number;
  open(): {
    /** @param planes scores of the next planes, (classes, count, y, x) */
    push(planes: Float32Array, count: number): void;
    finish(): Volume<Uint8Array | Uint16Array>;
  };
}

export interface LabelOptions {
  mode?: PredictionMode;
  /** Bytes that may be held. */
  maxMemory?: number;
}

/**
 * Everything before the network.
 * @throws NnUNetError 'bad-case', 'missing-previous-stage', 'bad-previous-stage'
 */
export function prepareInput({ generation, description }: CaseRules, input: InputImages): PreparedInput {
  return generation === 1 ? prepareImages(description, input) : prepareImagesV2(description, input);
}

/** Everything after the network, from the scores of a whole case. */
export function predictionOf(
  { generation, description }: CaseRules,
  { properties, original }: PreparedGeometry,
  scores: Tensor<Float32Array>,
): CasePrediction {
  if (generation === 1) return new Prediction(description, scores, properties);
  return new PredictionV2(description, scores, properties, original!);
}

/**
 * The labels that `predictionOf` would give, from scores that come plane by plane.
 *
 * @param shape (classes, z, y, x) of all scores
 * @throws NnUNetError 'memory-limit' where `maxMemory` is too little
 */
export function planCaseLabels(
  { generation, description }: CaseRules,
  shape: readonly number[],
  prepared: PreparedGeometry,
  options: LabelOptions = {},
): PlannedLabels {
  return generation === 1
    ? planLabels(description, shape, prepared.properties, options)
    : planLabelsV2(description, shape, prepared, options);
}
