import { usageError } from '@nnunet/errors';
import {
  type DecisionV2,
  inverseOrientation,
  planLabelStreamV2,
  reorientArray,
  restoreProbabilitiesV2,
} from '@nnunet/preprocess/internal';
import type { CaseProperties } from '@nnunet/schema';
import type { Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import {
  type CasePrediction,
  followedBy,
  type LabelOptions,
  type LabelPlan,
  type PredictionArchive,
  type PredictionMode,
  type RestoreLimit,
} from '../case-prediction.ts';
import type { PreparedGeometry } from '../model-rules.ts';
import type { ModelDescriptionV2 } from './model-description-v2.ts';

/** The prediction of a v2 model for a case. */
export class PredictionV2 implements CasePrediction {
  readonly #original: NonNullable<PreparedGeometry['original']>;

  /**
   * @param logits (classes, z, y, x), network order, at the network's spacing, half floats
   * @param properties of the prepared case, in the orientation it was prepared in
   * @param original geometry of the image, and how its axes were reoriented
   */
  constructor(
    readonly description: ModelDescriptionV2,
    readonly logits: Tensor<Float32Array>,
    readonly properties: CaseProperties,
    original: NonNullable<PreparedGeometry['original']>,
  ) {
    this.#original = original;
  }

  labels(mode: PredictionMode = 'normal', limit: RestoreLimit = {}): Volume<Uint8Array | Uint16Array> {
    const { description, logits, properties } = this;
    const geometry = { properties, original: this.#original };
    const labels = planLabelsV2(description, logits.shape, geometry, { mode, ...limit }).open();
    labels.push(logits.data, logits.shape[1]!);
    return labels.finish();
  }

  /**
   * Returns the probabilities of the whole image, (classes, z, y, x); as stored by v2, not reoriented back from RAS.
   */
  softmax(): Tensor<Float32Array> {
    const { description, logits, properties } = this;
    return restoreProbabilitiesV2(logits, properties, description.preprocessing, this.#decision());
  }

  /**
   * Returns v2's `probabilities`, float32. The properties have v1's keys, in file order, and v2's, in network order.
   */
  archive(): PredictionArchive {
    const { properties, description } = this;
    const turned = <T>(values: readonly T[]) => description.preprocessing.transposeForward.map((axis) => values[axis]);
    return {
      arrays: { probabilities: { ...this.softmax(), dtype: 'float32' } },
      properties: {
        ...properties,
        spacing: properties.original_spacing,
        shape_before_cropping: turned(properties.original_size_of_raw_data),
        bbox_used_for_cropping: turned(properties.crop_bbox),
        shape_after_cropping_and_before_resampling: turned(properties.size_after_cropping),
      },
    };
  }

  #decision(): DecisionV2 {
    const { nonlinearity, regionClassOrder } = this.description;
    return { nonlinearity, regionClassOrder };
  }
}

/** Computes labels as v2 does: resamples the logits, then decides. */
export function planLabelsV2(
  { preprocessing, nonlinearity, regionClassOrder }: ModelDescriptionV2,
  shape: readonly number[],
  { properties, original }: PreparedGeometry,
  { mode = 'normal', maxMemory }: LabelOptions,
): LabelPlan {
  if (mode !== 'normal')
    throw usageError({ what: `models of nnU-Net v2 do not support \`mode\` ${mode}`, remedy: 'Use `mode` normal.' });
  const { geometry, orientation } = original!;
  const plan = planLabelStreamV2(shape, properties, preprocessing, { nonlinearity, regionClassOrder, maxMemory });
  return followedBy(plan, ({ data, shape: read }) => ({
    ...geometry,
    data: reorientArray(data, read, inverseOrientation(orientation)),
  }));
}
