import type { BorderMode } from './spatial.ts';
import type { PerSample, Range, Transform } from './transform-entry.ts';
import type { AugmentationStep, ShippedTransforms } from './transform-registry.ts';

/** Displacements of smoothed noise (v1: do_elastic, p_eldef). */
export type ElasticRecipe = PerSample &
  /** Noise smoothed by `sigma` voxels, times `alpha` (v1: elastic_deform_alpha, elastic_deform_sigma; SpatialTransform). */
  (
    | { alpha: Range; sigma: Range }
    /** Sigma as share of each axis; the greatest displacement is an eighth to half of that (v1: eldef_deformation_scale; SpatialTransform_2). */
    | { deformationScale: Range }
  );

export interface SpatialRecipe {
  /** null: none. */
  elastic?: ElasticRecipe | null;
  /** v1: p_rot, do_rotation. */
  rotationProbability: number;
  /** rad about axis 0, 1, 2; in the plane of slices the first alone is used (v1: rotation_x, rotation_y, rotation_z). */
  rotation: readonly Range[];
  /** For each axis, where a sample is rotated; 1 when left out (v1: rotation_p_per_axis). */
  rotationAxisProbability?: number;
  /** v1: p_scale, do_scaling. */
  scaleProbability: number;
  /** Above 1 shows more. With the lowest below 1, half of the draws are below 1 (v1: scale_range). */
  scale: Range;
  /**
   * That a scaled sample has a scale per axis; 0 when left out (v1: independent_scale_factor_for_each_axis,
   * p_independent_scale_per_axis).
   */
  scalePerAxisProbability?: number;
  /** Outside the loader patch; 'constant' when left out (v1: border_mode_data). */
  border?: BorderMode;
  /**
   * Least voxels per axis of the patch between its centre and the border of the loader patch, within which the centre is
   * drawn; null: the centre of the loader patch (v1: random_crop, random_crop_dist_to_border).
   */
  randomCentre?: readonly number[] | null;
}

type SettingsOf<T> = T extends Transform<infer Settings, unknown> ? Settings : never;

/** The settings of each transform, by its name. */
type TransformSettings = { [Step in AugmentationStep]?: SettingsOf<ShippedTransforms[Step]> | null };

/**
 * How batches are made: plain data, so that it can be stored and sent to threads. A part that is null or left
 * out is switched off: `{ ...recipeV2(…), noise: null }`. The names of v1's data_aug_params are in brackets.
 */
export interface AugmentationRecipe extends TransformSettings {
  /** What the network sees, in voxels: (z, y, x), or (y, x) for slices (v1: patch_size_for_spatialtransform). */
  patchSize: readonly number[];
  /** What is cut for training before the spatial transform; same number of axes (v1: basic_generator_patch_size). */
  loaderPatchSize: readonly number[];
  batchSize: number;
  /** Share of the batch that must show foreground. */
  oversampleForeground: number;
  /** Spatial transform slice by slice and no loss of resolution along axis 0: for anisotropic 3D patches (dummy_2D). */
  dummy2D: boolean;
  spatial: SpatialRecipe | null;
  /** In which order the transforms are applied; `usualOrder` when left out. */
  order?: readonly AugmentationStep[];
  /** Of the steps of each group one is chosen, for a whole batch. */
  oneOf?: readonly (readonly AugmentationStep[])[];
  /** Modalities that are 0 outside the nonzero mask, last of all (mask_was_used_for_normalization). */
  maskedChannels: readonly number[];
  /** The previous stage's labels as further channels (move_last_seg_chanel_to_data, all_segmentation_labels). */
  cascade: CascadeRecipe | null;
  /** Labels of each region; the target then has a binary channel per region instead of labels. */
  regions: readonly (readonly number[])[] | null;
  /** One target per entry, relative to the patch, highest resolution first; axes as in `patchSize`. */
  deepSupervisionScales: readonly (readonly number[])[];
}

export interface CascadeRecipe {
  /** One channel per class. */
  classes: readonly number[];
  /** Channels grown and shrunk by balls (cascade_random_binary_transform_p, _p_per_label, _size); 1 per label when left out. */
  balls: (PerSample & { labelProbability?: number; radius: Range }) | null;
  /**
   * A random component of less than this share of the patch is taken out of each channel, and given to another channel with
   * the second probability (cascade_remove_conn_comp_p, _max_size_percent_threshold, _fill_with_other_class_p). v1 swaps the
   * last two, so that no component qualifies: null, as in v1, when left out.
   */
  removal?: (PerSample & { greatestShare: number; refillProbability: number }) | null;
}
