import { requireFinite } from '@nnunet/preprocess';
import type { Tensor } from '@nnunet/tensor';
import type { CasePrediction } from './case-prediction.ts';
import { inputNotices } from './input-notices.ts';
import type { ModelDescription } from './model-description.ts';
import type { LabelOptions, PlannedLabels } from './planned-labels.ts';
import { Prediction } from './prediction.ts';
import type { InputImages, PreparedGeometry, PreparedInput } from './prepared-input.ts';
import { planLabels, prepareImages } from './stages-v1.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { PredictionV2 } from './v2/prediction-v2.ts';
import { planLabelsV2, prepareImagesV2 } from './v2/stages-v2.ts';

/** What is done before and after the network, by the rules of v1 or v2. Plain data, so that threads can have it. */
export type CaseRules =
  | { generation: 1; description: ModelDescription }
  | { generation: 2; description: ModelDescriptionV2 };

/**
 * Everything before the network.
 * @throws NnUNetError 'bad-case', 'not-finite', 'other-grid', 'missing-previous-stage', 'bad-previous-stage'
 */
export function prepareInput({ generation, description }: CaseRules, input: InputImages): PreparedInput {
  const notices = inputNotices(input);
  const prepared = generation === 1 ? prepareImages(description, input) : prepareImagesV2(description, input);
  requireFinite(prepared.image.data, prepared.image.shape, input.id);
  return { ...prepared, notices };
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
