import type { TrainerContextV2 } from './trainer-v2.ts';

const resampling = (use: string, isSeg: boolean) => ({
  [`resampling_fn_${use}`]: 'resample_data_or_seg_to_shape',
  [`resampling_fn_${use}_kwargs`]: { is_seg: isSeg, order: 1, order_z: 0, force_separate_z: null },
});

/** Plans and dataset.json of nnU-Net v2 for patches of 8 x 8 x 8 voxels, with what a test changes. */
export function tinyContextV2(
  labels: Record<string, number | number[]>,
  changes: { configuration?: object; architecture?: object; dataset?: object } = {},
): TrainerContextV2 {
  const architecture = {
    network_class_name: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
    arch_kwargs: {
      n_stages: 3,
      features_per_stage: [4, 6, 8],
      kernel_sizes: [3, 3, 3],
      strides: [1, 2, 2],
      n_conv_per_stage: [1, 1, 1],
      n_conv_per_stage_decoder: [1, 1],
      conv_bias: true,
      norm_op: 'torch.nn.modules.instancenorm.InstanceNorm3d',
      norm_op_kwargs: { eps: 1e-5, affine: true },
      nonlin: 'torch.nn.LeakyReLU',
      nonlin_kwargs: { inplace: true },
      ...changes.architecture,
    },
  };
  const own = {
    data_identifier: 'nnUNetPlans_3d_fullres',
    batch_size: 2,
    patch_size: [8, 8, 8],
    spacing: [1, 1, 1],
    normalization_schemes: ['ZScoreNormalization'],
    use_mask_for_norm: [false],
    ...resampling('data', false),
    ...resampling('seg', true),
    ...resampling('probabilities', false),
    architecture,
    batch_dice: false,
    ...changes.configuration,
  };
  return {
    plans: {
      dataset_name: 'Dataset900_Tiny',
      plans_name: 'nnUNetPlans',
      image_reader_writer: 'SimpleITKIO',
      transpose_forward: [0, 1, 2],
      transpose_backward: [0, 1, 2],
      configurations: { '3d_fullres': own, '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' } }, // biome-ignore format: a row
      foreground_intensity_properties_per_channel: {},
    },
    dataset: { channel_names: { 0: 'MRI' }, labels, numTraining: 5, file_ending: '.nii.gz', ...changes.dataset },
    configuration: '3d_fullres',
  };
}
