import { applyPostprocessing, type PostprocessingRule } from '@nnunet/postprocess';
import { cropCase, type PreprocessingLookup, preprocessorFor, restoreContext } from '@nnunet/preprocess';
import { geometryOfCase, planLabelStream, restoreLabelMap } from '@nnunet/preprocess/internal';
import { type CaseProperties, formatJson } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { followedBy, type LabelOptions, type LabelPlan, type PredictionMode } from './case-prediction.ts';
import { type ModelDescription, needsPreviousStage, patchSizeOf } from './model-description.ts';
import type {
  InputImages,
  ModelPostprocessing,
  ModelRules,
  NamedLabels,
  PreparedGeometry,
  PreparedImage,
  RulesData,
} from './model-rules.ts';
import { mostProbable } from './most-probable.ts';
import { predictPlanes } from './predict-tiled.ts';
import { Prediction } from './prediction.ts';
import { missingPreviousStage, withPreviousStage } from './previous-stage.ts';

/** In addition to the label map: the result, the mask of an entry and the runs of its components. */
const POSTPROCESSING_BYTES = 4;

/** v1: crop, transpose, resample, normalise; probabilities in float32; labels postprocessed by the model's rule. */
export class RulesV1 implements ModelRules<Prediction> {
  readonly version = 1;
  readonly keepsMask = true;
  readonly severalPerFile = false;
  readonly copiesChannels = false;
  readonly predictPlanes = predictPlanes;

  readonly #given: ModelPostprocessing | null;

  constructor(
    readonly description: ModelDescription,
    given: ModelPostprocessing | null = null,
  ) {
    this.#given = given;
  }

  get data(): RulesData {
    return { version: this.version, description: this.description, postprocessing: this.#given };
  }

  get channels(): number {
    return this.description.plans.num_modalities;
  }

  get channelNames(): readonly string[] {
    const { num_modalities, modalities } = this.description.plans;
    return Array.from({ length: num_modalities }, (_, channel) => modalities[channel] ?? `channel ${channel}`);
  }

  get labelNames(): NamedLabels {
    return this.description.labels ?? {};
  }

  get needsPreviousStage(): boolean {
    return needsPreviousStage(this.description);
  }

  /** The plans and the postprocessing. */
  get files(): Readonly<Record<string, string>> {
    const plans = { [FILE_NAMES.modelPlans]: formatJson(this.description.plans) };
    return this.#given === null ? plans : { ...plans, [FILE_NAMES.postprocessing]: formatJson(this.#given.content) };
  }

  get grid() {
    const { plans, stage } = this.description;
    const { current_spacing: spacing } = plans.plans_per_stage[stage]!;
    const flat = this.patchSize.length === 2;
    return { transposeForward: plans.transpose_forward, spacing: flat ? spacing.slice(1) : spacing };
  }

  get useMaskForNorm(): Readonly<Record<number, boolean>> {
    return this.description.plans.use_mask_for_norm;
  }

  originalOf(): null {
    return null;
  }

  requireKnownSteps({ preprocessors, normalizations }: PreprocessingLookup): void {
    preprocessorFor(this.description.plans, preprocessors, normalizations);
  }

  prepare({ images, id, files, previousSegmentation, preprocessors, normalizations }: InputImages): PreparedImage {
    const { plans, stage } = this.description;
    const cropped = cropCase(images, null, { id, files });
    const prepared = preprocessorFor(plans, preprocessors, normalizations).preprocessTest(cropped, stage);
    const { data, shape, properties } = prepared;
    if (!this.needsPreviousStage) return { image: { data, shape }, properties, original: null };
    if (previousSegmentation === undefined) throw missingPreviousStage(id);
    const { transpose_forward: transposeForward, all_classes: classes } = plans;
    const image = withPreviousStage(prepared, previousSegmentation, { transposeForward, classes });
    return { image, properties, original: null };
  }

  get patchSize(): readonly number[] {
    return patchSizeOf(this.description);
  }

  get nonlinearity() {
    return this.description.nonlinearity;
  }

  addFold(sum: Float32Array, fold: Float32Array): void {
    for (let i = 0; i < sum.length; i++) sum[i]! += fold[i]!;
  }

  divide(sum: Float32Array, folds: number): void {
    for (let i = 0; i < sum.length; i++) sum[i]! /= folds;
  }

  /** v1 has fast modes, except for regions. */
  get modes(): readonly PredictionMode[] {
    return this.description.regionClassOrder === null ? ['normal', 'fast', 'fastest'] : ['normal'];
  }

  prediction({ properties }: PreparedGeometry, scores: Tensor<Float32Array>): Prediction {
    return new Prediction(this.description, scores, properties, this.postprocessing);
  }

  planLabels(shape: readonly number[], { properties }: PreparedGeometry, options: LabelOptions = {}): LabelPlan {
    const rule = this.postprocessing;
    if (rule === null || rule.entries.length === 0) return labelPlan(this.description, shape, properties, options);
    const extra = POSTPROCESSING_BYTES * sizeOf(properties.original_size_of_raw_data);
    const maxMemory = options.maxMemory === undefined ? undefined : options.maxMemory - extra;
    const plan = labelPlan(this.description, shape, properties, { ...options, maxMemory });
    return followedBy(plan, (labels) => applyPostprocessing(labels, rule), extra);
  }

  get postprocessing(): PostprocessingRule | null {
    return this.#given?.rule ?? null;
  }

  withoutPostprocessing(): RulesV1 {
    return new RulesV1(this.description);
  }
}

/** Computes labels in v1's three modes. */
function labelPlan(
  { plans, regionClassOrder }: ModelDescription,
  shape: readonly number[],
  properties: CaseProperties,
  { mode = 'normal', maxMemory }: LabelOptions,
): LabelPlan {
  const geometry = geometryOfCase(properties);
  const options = { ...restoreContext(plans), maxMemory };
  if (mode === 'normal') {
    const plan = planLabelStream(shape, properties, { ...options, regionClassOrder });
    return followedBy(plan, ({ data }) => ({ ...geometry, data }));
  }
  const [classes, ...size] = shape as [number, number, number, number];
  const plane = size[1] * size[2];
  return {
    // The labels in network space, two float32 copies for resampling, and the result.
    bytes: 9 * sizeOf(size) + 5 * sizeOf(properties.original_size_of_raw_data),
    open() {
      const data = new Uint8Array(sizeOf(size));
      let at = 0;
      return {
        push(planes, count) {
          data.set(mostProbable(planes, classes), at);
          at += count * plane;
        },
        finish() {
          const interpolationOrder = mode === 'fast' ? 1 : 0;
          const labels = restoreLabelMap({ data, shape: size }, properties, { ...options, interpolationOrder });
          return { ...geometry, data: labels.data };
        },
      };
    },
  };
}
