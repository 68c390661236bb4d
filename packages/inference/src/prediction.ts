import type { CaseProperties } from '@nnunet/dataset';
import {
  geometryOfCase,
  type RestoreOptions,
  resampleSoftmaxToCropped,
  restoreLabelMap,
  restoreLabels,
} from '@nnunet/preprocess';
import type { Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { CasePrediction, PredictionArchive, PredictionMode, RestoreLimit } from './case-prediction.ts';
import type { ModelDescription } from './model-description.ts';
import { mostProbable } from './most-probable.ts';

/** What a model of v1, or of this program, says of a case. */
export class Prediction implements CasePrediction {
  /**
   * @param probabilities (classes, z, y, x), network order, at the network's spacing
   * @param properties of the preprocessed case
   */
  constructor(
    readonly description: ModelDescription,
    readonly probabilities: Tensor<Float32Array>,
    readonly properties: CaseProperties,
  ) {}

  /** Labels in the original image, with its geometry. */
  labels(mode: PredictionMode = 'normal', { maxMemory }: RestoreLimit = {}): Volume<Uint8Array> {
    const { probabilities, properties, description } = this;
    const options = { ...restoreOptionsOf(description), maxMemory };
    const { data } =
      mode === 'normal'
        ? restoreLabels(probabilities, properties, { ...options, regionClassOrder: description.regionClassOrder })
        : restoreLabelMap({ data: mostProbable(probabilities), shape: probabilities.shape.slice(1) }, properties, {
            ...options,
            interpolationOrder: mode === 'fast' ? 1 : 0,
          });
    return { ...geometryOfCase(properties), data };
  }

  /** Probabilities of the cropped image at its own spacing, (classes, z, y, x) in file order: v1's `.npz`. */
  softmax({ maxMemory }: RestoreLimit = {}): Tensor<Float32Array> {
    return resampleSoftmaxToCropped(this.probabilities, this.properties, {
      ...restoreOptionsOf(this.description),
      maxMemory,
    });
  }

  /** v1's `softmax`, float16, and the properties of the case. */
  archive(limit: RestoreLimit = {}): PredictionArchive {
    const { regionClassOrder } = this.description;
    const regions = regionClassOrder === null ? {} : { regions_class_order: regionClassOrder };
    return {
      arrays: { softmax: { ...this.softmax(limit), dtype: 'float16' } },
      properties: { ...this.properties, ...regions },
    };
  }
}

/** How v1 brings a model's probabilities back to the image. */
export function restoreOptionsOf({ plans }: ModelDescription): RestoreOptions {
  const { transpose_backward, segmentation_export_params: given } = plans;
  return {
    transposeBackward: transpose_backward,
    forceSeparateZ: given?.force_separate_z ?? null,
    interpolationOrder: order(given?.interpolation_order ?? 1),
    orderZ: order(given?.interpolation_order_z ?? 0),
  };
}

function order(n: number): RestoreOptions['orderZ'] {
  return n as RestoreOptions['orderZ'];
}
