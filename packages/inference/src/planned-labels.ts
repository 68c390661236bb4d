import type { Volume } from '@nnunet/volume';
import type { PredictionMode } from './case-prediction.ts';

/** A way from scores that come plane by plane to labels in the image. */
export interface PlannedLabels {
  /** Bytes held at most, the result included. */
  bytes: number;
  open(): {
    /** @param planes scores of the next planes, (classes, count, y, x) */
    push(planes: Float32Array, count: number): void;
    finish(): Volume<Uint8Array | Uint16Array>;
  };
}

/** Labels from a stream, brought into the image by `place`. */
export function labelsFrom<T>(
  plan: { bytes: number; open(): { push(planes: Float32Array, count: number): void; finish(): T } },
  place: (labels: T) => Volume<Uint8Array | Uint16Array>,
): PlannedLabels {
  return {
    bytes: plan.bytes,
    open() {
      const stream = plan.open();
      return { push: (planes, count) => stream.push(planes, count), finish: () => place(stream.finish()) };
    },
  };
}

export interface LabelOptions {
  mode?: PredictionMode;
  /** Bytes that may be held. */
  maxMemory?: number;
}
