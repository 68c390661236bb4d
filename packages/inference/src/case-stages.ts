import { applyPostprocessing, type PostprocessingRule } from '@nnunet/postprocess';
import { requireFinite } from '@nnunet/preprocess/internal';
import { sizeOf, type Tensor } from '@nnunet/tensor';
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

/** Beside the label map: the result, the mask of an entry and the runs of its components. */
const POSTPROCESSING_BYTES = 4;

/** What is done before and after the network, by the rules of v1 or v2. Plain data, so that threads can have it. */
export type CaseRules =
  | {
      generation: 1;
      description: ModelDescription;
      /** What is done to its label maps. */
      postprocessing?: PostprocessingRule | null;
    }
  | { generation: 2; description: ModelDescriptionV2 };

/** The rules but for what is done to the finished label maps. */
export function withoutPostprocessing(rules: CaseRules): CaseRules {
  return rules.generation === 1 ? { ...rules, postprocessing: null } : rules;
}

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
  rules: CaseRules,
  { properties, original }: PreparedGeometry,
  scores: Tensor<Float32Array>,
): CasePrediction {
  if (rules.generation === 1) return new Prediction(rules.description, scores, properties, rules.postprocessing);
  return new PredictionV2(rules.description, scores, properties, original!);
}

/**
 * The labels that `predictionOf` would give, from scores that come plane by plane.
 *
 * @param shape (classes, z, y, x) of all scores
 * @throws NnUNetError 'memory-limit' where `maxMemory` is too little
 */
export function planCaseLabels(
  rules: CaseRules,
  shape: readonly number[],
  prepared: PreparedGeometry,
  options: LabelOptions = {},
): PlannedLabels {
  if (rules.generation === 2) return planLabelsV2(rules.description, shape, prepared, options);
  const { description, postprocessing: rule } = rules;
  if (!rule || rule.entries.length === 0) return planLabels(description, shape, prepared.properties, options);
  const extra = POSTPROCESSING_BYTES * sizeOf(prepared.properties.original_size_of_raw_data);
  const maxMemory = options.maxMemory === undefined ? undefined : options.maxMemory - extra;
  const plan = planLabels(description, shape, prepared.properties, { ...options, maxMemory });
  return {
    bytes: plan.bytes + extra,
    open() {
      const labels = plan.open();
      return {
        push: (planes, count) => labels.push(planes, count),
        finish: () => applyPostprocessing(labels.finish(), rule),
      };
    },
  };
}
