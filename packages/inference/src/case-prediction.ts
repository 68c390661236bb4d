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

export interface LabelOptions extends RestoreLimit {
  mode?: PredictionMode;
}

/** A way from scores that come plane by plane to labels. */
export interface LabelPlan<Labels = Volume<Uint8Array | Uint16Array>> {
  /** Bytes held at most, the result included. */
  bytes: number;
  open(): {
    /** @param planes scores of the next planes, (classes, count, y, x) */
    push(planes: Float32Array, count: number): void;
    finish(): Labels;
  };
}

/** A plan with one step more at its end. @param bytes that this step takes */
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
