/** Properties stored with a case's arrays, with v1's keys. */
export interface CaseProperties {
  /** Voxels before cropping, (z, y, x). */
  original_size_of_raw_data: number[];
  /** mm, (z, y, x). */
  original_spacing: number[];
  list_of_data_files: string[];
  seg_file: string | null;
  /** (x, y, z) */
  itk_origin: number[];
  /** (x, y, z) */
  itk_spacing: number[];
  /** 9 numbers, row-major, LPS. */
  itk_direction: number[];
  /** Three [lo, hi) pairs, (z, y, x). */
  crop_bbox: [number, number][];
  /** Sorted label values after cropping, −1 included; empty at inference. */
  classes: number[];
  /** (z, y, x) */
  size_after_cropping: number[];
  use_nonzero_mask_for_norm?: Record<string, boolean>;
  /** Network order (after transpose_forward). */
  size_after_resampling?: number[];
  /** mm, network order. */
  spacing_after_resampling?: number[];
  /** NIfTI header of the first image, base64, so that results preserve its geometry bit for bit. Not in v1. */
  nifti_header?: string;
  /** What the case was made from: the hash of each source, by name. Not in v1. */
  made_from?: Record<string, string>;
}

/** A case cropped to its nonzero region, in file axis order. */
export interface CroppedCase {
  readonly id: string;
  /** One array per modality, (z, y, x). */
  readonly images: readonly Float32Array[];
  /** Labels, −1 outside the nonzero mask; without labels, 0 inside and −1 outside. */
  readonly segmentation: Float32Array;
  /** (z, y, x), equal to properties.size_after_cropping. */
  readonly shape: readonly [number, number, number];
  readonly properties: CaseProperties;
}

/**
 * Stored voxels per class, (n, 3) int32, (z, y, x) in network order, in the order in which v1 draws them. Keys are labels;
 * by v2's rules also several labels joined by commas: those of a region, or with an ignore label -1 and all others.
 */
export type ClassLocations = Record<string, Int32Array>;

/** Returns class locations by label; keys of several labels stay text. */
export function locationsByLabel(locations: ClassLocations): Map<number | string, Int32Array> {
  return new Map(
    Object.entries(locations).map(([key, voxels]) => [/^\d+$/.test(key) ? Number(key) : key, voxels] as const),
  );
}
