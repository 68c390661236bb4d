import type { AugmentationRecipe } from '@nnunet/augment';
import { BALL_OPERATIONS } from '@nnunet/augment/transforms';
import { stepTransforms } from './own-steps.ts';
import type { Transform } from './v1-transforms.ts';

/** The training transforms of a recipe in v1's words. */
export function trainingTransforms(recipe: AugmentationRecipe, regionNames: readonly string[]): Transform[] {
  const { maskedChannels, cascade } = recipe;
  const masked: Transform = ['MaskTransform', { set_outside_to: 0, mask_idx_in_seg: 0, channels: maskedChannels }];
  return [
    ...spatialTransforms(recipe),
    ...stepTransforms(recipe),
    ...(maskedChannels.length > 0 ? [masked] : []),
    backgroundTransform,
    ...(cascade ? [oneHotTransform(cascade.classes)] : []),
    ...(cascade?.balls ? [ballsTransform(cascade.balls, cascade.classes)] : []),
    ...targetTransforms(recipe, regionNames),
  ];
}

/** What is done to validation patches. */
export function validationTransforms(recipe: AugmentationRecipe, regionNames: readonly string[]): Transform[] {
  const { cascade } = recipe;
  return [
    backgroundTransform,
    ...(cascade ? [oneHotTransform(cascade.classes)] : []),
    ...targetTransforms(recipe, regionNames),
  ];
}

/** Outside of the nonzero mask is background. */
const backgroundTransform: Transform = ['RemoveLabelTransform', { replace_with: 0, remove_label: -1 }];

function spatialTransforms({ spatial, dummy2D, patchSize }: AugmentationRecipe): Transform[] {
  if (spatial === null) return [];
  const { elastic, rotation, scalePerAxisProbability: perAxis = 0 } = spatial;
  const byPatch = elastic && 'deformationScale' in elastic;
  const angles = Object.fromEntries(rotation.map((range, axis) => [`angle_${'xyz'[axis]}`, range]));
  const attributes = {
    do_rotation: true,
    p_rot_per_sample: spatial.rotationProbability,
    p_rot_per_axis: spatial.rotationAxisProbability ?? 1,
    ...angles,
    do_scale: true,
    p_scale_per_sample: spatial.scaleProbability,
    scale: spatial.scale,
    independent_scale_for_each_axis: perAxis > 0,
    ...(perAxis > 0 ? { p_independent_scale_per_axis: perAxis } : {}),
    do_elastic_deform: Boolean(elastic),
    ...(elastic ? { p_el_per_sample: elastic.probability } : {}),
    ...(byPatch ? { deformation_scale: elastic.deformationScale } : {}),
    ...(elastic && !byPatch ? { alpha: elastic.alpha, sigma: elastic.sigma } : {}),
    patch_size: dummy2D ? patchSize.slice(1) : patchSize,
    random_crop: Boolean(spatial.randomCentre),
    patch_center_dist_from_border: spatial.randomCentre ?? null,
    border_mode_data: spatial.border ?? 'constant',
    // how transformSpatially samples
    border_cval_data: 0,
    order_data: 3,
    border_mode_seg: 'constant',
    border_cval_seg: -1,
    order_seg: 1,
  };
  const transform: Transform = [byPatch ? 'SpatialTransform_2' : 'SpatialTransform', attributes];
  return dummy2D ? [['Convert3DTo2DTransform', {}], transform, ['Convert2DTo3DTransform', {}]] : [transform];
}

function oneHotTransform(classes: readonly number[]): Transform {
  return ['MoveSegAsOneHotToData', { channel_id: 1, all_seg_labels: classes, remove_from_origin: true }];
}

function ballsTransform(
  { probability, labelProbability = 1, radius }: NonNullable<NonNullable<AugmentationRecipe['cascade']>['balls']>,
  classes: readonly number[],
): Transform {
  return [
    'ApplyRandomBinaryOperatorTransform',
    {
      p_per_sample: probability,
      p_per_label: labelProbability,
      strel_size: radius,
      any_of_these: BALL_OPERATIONS.map((operation) => `function binary_${operation}`),
      channel_idx: classes.map((_, c) => c - classes.length),
    },
  ];
}

function targetTransforms(
  { regions, deepSupervisionScales: scales }: AugmentationRecipe,
  regionNames: readonly string[],
): Transform[] {
  const named = Object.fromEntries((regions ?? []).map((labels, r) => [regionNames[r]!, labels]));
  const inRegions: Transform = ['ConvertSegmentationToRegionsTransform', { seg_channel: 0, regions: named }];
  const smaller: Transform = ['DownsampleSegForDSTransform2', { axes: null, order: 0, ds_scales: scales }];
  return [...(regions === null ? [] : [inRegions]), ...(scales.length === 1 ? [] : [smaller])];
}
