import type { StoredTensor, Tensor } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';

/**
 * How probabilities become labels: 'normal' resamples probabilities and decides then; 'fast' and 'fastest' decide first
 * and resample labels, fastest by the nearest one.
 */
export type PredictionMode = 'normal' | 'fast' | 'fastest';

export interface RestoreLimit {
  /** Bytes that may be allocated, the result included; the scores are there already. No limit by default. */
  maxMemory?: number;
}

/** What a model says of a case, whichever nnU-Net it was trained with. */
export interface CasePrediction {
  /**
   * Labels in the original image, with its geometry.
   * @throws NnUNetError 'usage' for a mode that the model does not have, 'memory-limit'
   */
  labels(mode?: PredictionMode, limit?: RestoreLimit): Volume<Uint8Array | Uint16Array>;
  /** Probabilities at the image's own spacing, (classes, z, y, x): v1's of the cropped image, v2's of the whole one. */
  softmax(limit?: RestoreLimit): Tensor<Float32Array>;
  /** What is stored for an ensemble beside the labels. */
  archive(limit?: RestoreLimit): PredictionArchive;
}

export interface PredictionArchive {
  /** Of the `.npz`. */
  arrays: Record<string, StoredTensor>;
  /** Of the `.json`. */
  properties: object;
}
