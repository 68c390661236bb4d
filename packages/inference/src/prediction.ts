import { applyPostprocessing, NO_POSTPROCESSING, type PostprocessingRule } from '@nnunet/postprocess';
import { resampleSoftmaxToCropped, restoreContext, restoreLabels } from '@nnunet/preprocess';
import { geometryOfCase, restoreLabelMap } from '@nnunet/preprocess/internal';
import type { CaseProperties } from '@nnunet/schema';
import type { Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { CasePrediction, PredictionArchive, PredictionMode, RestoreLimit } from './case-prediction.ts';
import type { ModelDescription } from './model-description.ts';
import { mostProbable } from './most-probable.ts';

/** The prediction of a model of v1 or of this program for a case. */
export class Prediction implements CasePrediction {
  /**
   * @param probabilities (classes, z, y, x), network order, at the network's spacing
   * @param properties of the preprocessed case
   * @param postprocessing rule applied to the labels at the end; default: none
   */
  constructor(
    readonly description: ModelDescription,
    readonly probabilities: Tensor<Float32Array>,
    readonly properties: CaseProperties,
    readonly postprocessing: PostprocessingRule | null = null,
  ) {}

  /** Returns the labels in the original image, with its geometry, after postprocessing. */
  labels(mode: PredictionMode = 'normal', { maxMemory }: RestoreLimit = {}): Volume<Uint8Array> {
    const { probabilities, properties, description } = this;
    const options = { ...restoreContext(description.plans), maxMemory };
    const { data } =
      mode === 'normal'
        ? restoreLabels(probabilities, properties, { ...options, regionClassOrder: description.regionClassOrder })
        : restoreLabelMap(
            { data: mostProbable(probabilities.data, probabilities.shape[0]!), shape: probabilities.shape.slice(1) },
            properties,
            {
              ...options,
              interpolationOrder: mode === 'fast' ? 1 : 0,
            },
          );
    return applyPostprocessing({ ...geometryOfCase(properties), data }, this.postprocessing ?? NO_POSTPROCESSING);
  }

  /**
   * Returns the probabilities of the cropped image at its own spacing, (classes, z, y, x) in file order: v1's `.npz`.
   */
  softmax({ maxMemory }: RestoreLimit = {}): Tensor<Float32Array> {
    return resampleSoftmaxToCropped(this.probabilities, this.properties, {
      ...restoreContext(this.description.plans),
      maxMemory,
    });
  }

  /** Returns v1's `softmax`, float16, and the properties of the case. */
  archive(limit: RestoreLimit = {}): PredictionArchive {
    const { regionClassOrder } = this.description;
    const regions = regionClassOrder === null ? {} : { regions_class_order: regionClassOrder };
    return {
      arrays: { softmax: { ...this.softmax(limit), dtype: 'float16' } },
      properties: { ...this.properties, ...regions },
    };
  }
}
