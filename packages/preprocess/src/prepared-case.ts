import type { CaseProperties, ClassLocations } from '@nnunet/schema';

/** A case prepared for training, in network axis order. */
export interface PreprocessedCase {
  readonly id: string;
  /** (modalities + 1, z, y, x); the last channel contains the labels, −1 outside the nonzero mask. */
  readonly data: Float32Array;
  /** (modalities + 1, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  readonly locations: ClassLocations;
}

/** A case prepared for prediction, in network axis order. */
export interface PreparedTestCase {
  readonly id: string;
  /** (modalities, z, y, x) */
  readonly data: Float32Array;
  /** (modalities, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  /** (z, y, x): 0 inside the nonzero mask, −1 outside; contains the labels if the cropped case has them. */
  readonly mask: Float32Array;
  readonly properties: CaseProperties;
}
