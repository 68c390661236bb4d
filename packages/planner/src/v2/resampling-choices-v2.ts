import type { ResamplingV2 } from './plans-v2.ts';

/** How images, label maps and probabilities are resampled. */
export interface ResamplingChoiceV2 {
  data: ResamplingV2;
  segmentation: ResamplingV2;
  probabilities: ResamplingV2;
}

const splines = (is_seg: boolean, order: number): ResamplingV2 => ({
  name: 'resample_data_or_seg_to_shape',
  kwargs: { is_seg, order, order_z: 0, force_separate_z: null },
});

/** Splines of order 3 for images, linear for the rest; coarse axes by the nearest slice. */
export const BY_SPLINES: ResamplingChoiceV2 = {
  data: splines(false, 3),
  segmentation: splines(true, 1),
  probabilities: splines(false, 1),
};

const linear = (
  is_seg: boolean,
  separate: ResamplingV2['kwargs'],
  more: ResamplingV2['kwargs'] = {},
): ResamplingV2 => ({
  name: 'resample_torch_fornnunet',
  kwargs: { is_seg, ...separate, memefficient_seg_resampling: false, ...more },
});

/** Linear along all axes. */
export const BY_TORCH: ResamplingChoiceV2 = {
  data: linear(false, { force_separate_z: false }),
  segmentation: linear(true, { force_separate_z: false }),
  probabilities: linear(false, { force_separate_z: false }),
};

const threshold = { separate_z_anisotropy_threshold: 3 };

/** Linear; coarse axes by the nearest slice. */
export const BY_TORCH_SEPARATE_Z: ResamplingChoiceV2 = {
  data: linear(false, { force_separate_z: null }, threshold),
  segmentation: linear(true, { force_separate_z: null }, threshold),
  probabilities: linear(false, { force_separate_z: null }, threshold),
};

const none: ResamplingV2 = { name: 'no_resampling_hack', kwargs: {} };

/** Images keep their voxels; the target spacing decides only the patch and the network. */
export const NO_RESAMPLING: ResamplingChoiceV2 = { data: none, segmentation: none, probabilities: none };
