import type { CaseProperties, ClassLocations } from '@nnunet/schema';

/** A case as training reads it. Axes in network order. */
export interface PreprocessedCase {
  readonly id: string;
  /** (modalities + 1, z, y, x); the last channel holds the labels, −1 outside the nonzero mask. */
  readonly data: Float32Array;
  /** (modalities + 1, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  readonly properties: CaseProperties;
  readonly locations: ClassLocations;
}

/** A case as a network reads it for prediction. Axes in network order. */
export interface PreparedTestCase {
  readonly id: string;
  /** (modalities, z, y, x) */
  readonly data: Float32Array;
  /** (modalities, z, y, x) */
  readonly shape: readonly [number, number, number, number];
  /** (z, y, x): 0 inside the nonzero mask, −1 outside; the labels where the cropped case had some. */
  readonly mask: Float32Array;
  readonly properties: CaseProperties;
}
