import { type PreprocessingLookup, shippedNormalizations } from '@nnunet/preprocess';
import { AS_IS, orientationToRas } from '@nnunet/preprocess/internal';
import { type OrderedJson, parseOrderedJson } from '@nnunet/schema/internal';
import type { Tensor } from '@nnunet/tensor';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import type { ImageGeometry } from '@nnunet/volume';
import type { LabelOptions, LabelPlan, PredictionMode } from '../case-prediction.ts';
import type {
  InputImages,
  ModelRules,
  NamedLabels,
  PreparedGeometry,
  PreparedImage,
  RulesData,
} from '../model-rules.ts';
import type { ModelDescriptionV2 } from './model-description-v2.ts';
import { predictLogitPlanes } from './predict-tiled-v2.ts';
import { PredictionV2, planLabelsV2 } from './prediction-v2.ts';
import { prepareImagesV2 } from './prepare-v2.ts';
import { DATASET } from './read-folds-v2.ts';

/**
 * v2: reorient to RAS if its reader did so, transpose, crop, normalise, resample; logits in half floats; no
 * postprocessing.
 */
export class RulesV2 implements ModelRules<PredictionV2> {
  readonly version = 2;
  readonly keepsMask = false;
  readonly copiesChannels = true;
  readonly nonlinearity = 'none';
  readonly predictPlanes = predictLogitPlanes;
  readonly modes: readonly PredictionMode[] = ['normal'];
  readonly postprocessing = null;

  /** The content of dataset.json, with its order. */
  readonly #dataset: OrderedJson & { value: Record<string, unknown> };

  /** @param files the texts of plans.json and dataset.json */
  constructor(
    readonly description: ModelDescriptionV2,
    readonly files: Readonly<Record<string, string>> = {},
  ) {
    const { value, keysOf } = parseOrderedJson(files[DATASET] ?? '{}', DATASET);
    this.#dataset = { value: Object(value), keysOf };
  }

  get data(): RulesData {
    return { version: this.version, description: this.description };
  }

  get channels(): number {
    return this.description.channels;
  }

  get severalPerFile(): boolean {
    return this.description.reader === 'NaturalImage2DIO';
  }

  get channelNames(): readonly string[] {
    const { channel_names, modality } = this.#dataset.value;
    const names = (channel_names ?? modality ?? {}) as Record<string, unknown>;
    return Array.from({ length: this.channels }, (_, channel) => String(names[channel] ?? `channel ${channel}`));
  }

  get labelNames(): NamedLabels {
    const { value, keysOf } = this.#dataset;
    const labels = Object(value.labels) as Record<string, number | number[]>;
    const all = keysOf(labels).map((name) => [name, labels[name]!] as const);
    // It occurs in no label map.
    const named = all.filter(([name]) => name !== 'ignore');
    const { regionClassOrder } = this.description;
    if (regionClassOrder === null)
      return Object.fromEntries(named.flatMap(([name, value]) => [value].flat().map((label) => [label, name])));
    const isRegion = ([, value]: (typeof named)[number]) => [value].flat().some((label) => label !== 0);
    const regions = named.filter(isRegion).map(([name], r) => [regionClassOrder[r], name]);
    return { 0: 'background', ...Object.fromEntries(regions) };
  }

  get needsPreviousStage(): boolean {
    return this.description.previousLabels !== null;
  }

  get grid() {
    return this.description.preprocessing;
  }

  get useMaskForNorm(): readonly boolean[] {
    return this.description.preprocessing.useMaskForNorm;
  }

  originalOf(geometry: ImageGeometry): NonNullable<PreparedGeometry['original']> {
    const { reorients } = this.description;
    return { geometry, orientation: reorients ? orientationToRas({ ...geometry, data: new Uint8Array() }) : AS_IS };
  }

  requireKnownSteps({ normalizations = shippedNormalizations }: PreprocessingLookup): void {
    for (const scheme of this.description.preprocessing.normalizationSchemes) normalizations.get(scheme);
  }

  prepare(input: InputImages): PreparedImage {
    return prepareImagesV2(this.description, input);
  }

  get patchSize(): readonly number[] {
    return this.description.patchSize;
  }

  addFold(sum: Float32Array, fold: Float32Array): void {
    for (let i = 0; i < sum.length; i++) sum[i]! += fold[i]!;
    roundToFloat16(sum, sum as Float32Array<ArrayBuffer>);
  }

  divide(sum: Float32Array, folds: number): void {
    for (let i = 0; i < sum.length; i++) sum[i]! /= folds;
    roundToFloat16(sum, sum as Float32Array<ArrayBuffer>);
  }

  prediction({ properties, original }: PreparedGeometry, logits: Tensor<Float32Array>): PredictionV2 {
    return new PredictionV2(this.description, logits, properties, original!);
  }

  planLabels(shape: readonly number[], geometry: PreparedGeometry, options: LabelOptions = {}): LabelPlan {
    return planLabelsV2(this.description, shape, geometry, options);
  }

  withoutPostprocessing(): this {
    return this;
  }
}
