import type { StoredTensor, Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';

/**
 * How probabilities become labels: 'normal' resamples the probabilities, then decides; 'fast' and 'fastest' decide
 * first, then resample the labels ('fastest' by nearest neighbour).
 */
export type PredictionMode = 'normal' | 'fast' | 'fastest';

export interface RestoreLimit {
  /** Limit on the bytes that may be allocated, including the result but not the existing scores. Default: no limit. */
  maxMemory?: number;
}

/** A model's prediction for a case, whichever version of nnU-Net trained the model. */
export interface CasePrediction {
  /**
   * Returns the labels in the original image, with its geometry.
   *
   * @throws NnUNetError 'usage' for a mode that the model does not support, 'memory-limit'
   */
  labels(mode?: PredictionMode, limit?: RestoreLimit): Volume<Uint8Array | Uint16Array>;
  /**
   * Returns the probabilities at the image's own spacing, (classes, z, y, x): of the cropped image for v1, of the whole
   * image for v2.
   */
  softmax(limit?: RestoreLimit): Tensor<Float32Array>;
  /** Returns the data stored next to the labels for an ensemble. */
  archive(limit?: RestoreLimit): PredictionArchive;
}

export interface PredictionArchive {
  /** Content of the `.npz` file. */
  arrays: Record<string, StoredTensor>;
  /** Content of the `.json` file. */
  properties: object;
}

export interface LabelOptions extends RestoreLimit {
  mode?: PredictionMode;
}

/** Computes labels from scores that arrive plane by plane. */
export interface LabelPlan<Labels = Volume<Uint8Array | Uint16Array>> {
  /** Maximum number of bytes held, including the result. */
  bytes: number;
  open(): {
    /** @param planes scores of the next planes, (classes, count, y, x) */
    push(planes: Float32Array, count: number): void;
    finish(): Labels;
  };
}

/** Adds one more step at the end of a plan. @param bytes that this step needs */
export function followedBy<T, Labels>(
  { bytes, open }: LabelPlan<T>,
  step: (labels: T) => Labels,
  extra = 0,
): LabelPlan<Labels> {
  return {
    bytes: bytes + extra,
    open() {
      const stream = open();
      return { push: (planes, count) => stream.push(planes, count), finish: () => step(stream.finish()) };
    },
  };
}
