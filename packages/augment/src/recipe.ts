import type { BallShape } from './ball-element.ts';
import type { PatchCentres } from './patch-sampling.ts';
import type { SamplingRecipe } from './sampling-weights.ts';
import type { BorderMode } from './spatial.ts';
import type { PerSample, Range, Transform } from './transform-entry.ts';
import type { AugmentationStep, ShippedTransforms, TransformName } from './transform-registry.ts';
import type { InterpolationV2 } from './v2/spatial-linear.ts';

/** Elastic deformation by smoothed noise (v1: do_elastic, p_eldef). */
export type ElasticRecipe = PerSample &
  /**
   * Noise smoothed by `sigma` voxels and multiplied by `alpha` (v1: elastic_deform_alpha, elastic_deform_sigma;
   * SpatialTransform).
   */
  (
    | { alpha: Range; sigma: Range }
    /**
     * Sigma as a fraction of each axis; the maximum displacement is an eighth to a half of it (v1:
     * eldef_deformation_scale; SpatialTransform_2).
     */
    | { deformationScale: Range }
  );

export type SpatialInterpolation = 'cubic' | InterpolationV2;

export interface SpatialRecipe {
  /** Elastic deformation, or null for none. */
  elastic?: ElasticRecipe | null;
  /** v1: p_rot, do_rotation. */
  rotationProbability: number;
  /**
   * Angles in rad about axes 0, 1 and 2; in-plane transforms use only the first (v1: rotation_x, rotation_y,
   * rotation_z).
   */
  rotation: readonly Range[];
  /** Probability per axis, given that a sample is rotated. Default: 1 (v1: rotation_p_per_axis). */
  rotationAxisProbability?: number;
  /** v1: p_scale, do_scaling. */
  scaleProbability: number;
  /** Values above 1 show more of the image (v1: scale_range). */
  scale: Range;
  /**
   * How scales are drawn: half of them below 1 and half above, if the lowest is below 1 (v1), or all 'evenly' (nnU-Net v2).
   * Default: 'aroundOne'.
   */
  scaleDraw?: 'aroundOne' | 'evenly';
  /**
   * Probability that a scaled sample has a separate scale per axis. Default: 0 (v1:
   * independent_scale_factor_for_each_axis, p_independent_scale_per_axis).
   */
  scalePerAxisProbability?: number;
  /**
   * 'cubic': data by cubic splines, labels where their interpolated indicator reaches one half, 0 outside the loader patch
   * (v1). nnU-Net v2, with labels of -1 outside and each axis scaled before it is rotated: 'linear': data linearly, labels
   * by vote; 'nearestLabels': data linearly, labels of the nearest voxel; 'nearest': both of the nearest voxel. Default:
   * 'cubic'.
   */
  interpolation?: SpatialInterpolation;
  /** Values outside the loader patch; only 'cubic'. Default: 'constant' (v1: border_mode_data). */
  border?: BorderMode;
  /**
   * Minimum distance per axis, in voxels, between the randomly drawn patch centre and the border of the loader patch;
   * null uses the centre of the loader patch (v1: random_crop, random_crop_dist_to_border).
   */
  randomCentre?: readonly number[] | null;
}

type SettingsOf<T> = T extends Transform<infer Settings, unknown> ? Settings : never;

/** The settings of each transform, by name. */
type TransformSettings = { [Step in AugmentationStep]?: SettingsOf<ShippedTransforms[Step]> | null };

/**
 * Describes how batches are made, as plain data that can be stored and sent to threads. A part that is null or omitted
 * is switched off: `{ ...recipeV1(…), noise: null }`. v1's names in data_aug_params are given in parentheses.
 */
export interface AugmentationRecipe extends TransformSettings, PatchCentres {
  /**
   * Size of the patch that the network sees, in voxels: (z, y, x), or (y, x) for slices (v1:
   * patch_size_for_spatialtransform).
   */
  patchSize: readonly number[];
  /** Size of the training patch before the spatial transform; same number of axes (v1: basic_generator_patch_size). */
  loaderPatchSize: readonly number[];
  batchSize: number;
  /** Fraction of the batch that must contain foreground. */
  oversampleForeground: number;
  /**
   * Which samples those are: the 'last' of each batch, or each by 'chance', with this probability (nnU-Net v2's
   * probabilistic oversampling). Default: 'last'.
   */
  oversampling?: 'last' | 'chance';
  /** How often cases and classes are drawn for training. Default: all alike. */
  sampling?: SamplingRecipe | null;
  /**
   * Apply the spatial transform slice by slice and keep the resolution along axis 0, for anisotropic 3D patches
   * (dummy_2D).
   */
  dummy2D: boolean;
  spatial: SpatialRecipe | null;
  /** Order in which the transforms are applied. Default: `usualOrder`. */
  order?: readonly TransformName[];
  /** Groups of steps of which one is chosen, see `choices`. */
  oneOf?: readonly (readonly TransformName[])[];
  /**
   * Whether the choices of `oneOf` and of the contrast's 'either' hold for a 'batch' (v1) or for one 'sample' (nnU-Net v2).
   * Default: 'batch'.
   */
  choices?: 'batch' | 'sample';
  /** Modalities set to 0 outside the nonzero mask, as the last step (mask_was_used_for_normalization). */
  maskedChannels: readonly number[];
  /** Adds the previous stage's labels as further channels (move_last_seg_chanel_to_data, all_segmentation_labels). */
  cascade: CascadeRecipe | null;
  /** Label of voxels without annotation: cubic interpolation gives it where it decides for no label. Default: none. */
  ignoreLabel?: number | undefined;
  /** Labels of each region; the target then has a binary channel per region instead of labels. */
  regions: readonly (readonly number[])[] | null;
  /** Spacing of the prepared cases in mm, (z, y, x), for transforms that need it. Default: 1. */
  spacing?: readonly number[];
  /** Labels of the task above 0, the only ones that your own transforms may write. Default: any. */
  labels?: readonly number[];
  /** One target per entry, relative to the patch size, highest resolution first; axes as in `patchSize`. */
  deepSupervisionScales: readonly (readonly number[])[];
}

export interface CascadeRecipe {
  /** One channel per class. */
  classes: readonly number[];
  /**
   * Dilates and erodes channels with balls (cascade_random_binary_transform_p, _p_per_label, _size). Default
   * probability per label: 1; default shape: 'centred'.
   */
  balls: (PerSample & { labelProbability?: number; radius: Range; shape?: BallShape }) | null;
  /**
   * Removes a random component smaller than this fraction of the patch from each channel, and adds it to another
   * channel with the second probability (cascade_remove_conn_comp_p, _max_size_percent_threshold,
   * _fill_with_other_class_p). v1 swaps the last two parameters, so that no component qualifies. Default: null, which
   * matches v1. `labelProbability`: default 1; `diagonal`: whether voxels that share only an edge or a corner are
   * connected, default false.
   */
  removal?:
    | (PerSample & { labelProbability?: number; greatestShare: number; refillProbability: number; diagonal?: boolean })
    | null;
}
