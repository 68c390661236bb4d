import type { Plans } from '@nnunet/dataset';

/** Plans of a tiny network: one modality, two classes, one pooling, 4 features. `patchSize` has 2 or 3 entries. */
export function tinyPlans(patchSize: number[]): Plans {
  const axes = (n: number) => patchSize.map(() => n);
  return {
    num_stages: 1,
    num_modalities: 1,
    modalities: { '0': 'MRI' },
    normalization_schemes: { '0': 'nonCT' },
    dataset_properties: {
      all_sizes: [[12, 14, 13]],
      all_spacings: [[1, 1, 1]],
      all_classes: [1, 2],
      modalities: { '0': 'MRI' },
      intensityproperties: null,
      size_reductions: { case_0: 1 },
    },
    list_of_npz_files: [],
    original_spacings: [[1, 1, 1]],
    original_sizes: [[12, 14, 13]],
    preprocessed_data_folder: '',
    num_classes: 2,
    all_classes: [1, 2],
    base_num_features: 4,
    use_mask_for_norm: { '0': false },
    keep_only_largest_region: null,
    min_region_size_per_class: null,
    min_size_per_class: null,
    transpose_forward: [0, 1, 2],
    transpose_backward: [0, 1, 2],
    data_identifier: 'nnUNetData_plans_v2.1',
    plans_per_stage: {
      '0': {
        batch_size: 2,
        num_pool_per_axis: axes(2),
        patch_size: patchSize,
        median_patient_size_in_voxels: [12, 14, 13],
        current_spacing: [1, 1, 1],
        original_spacing: [1, 1, 1],
        do_dummy_2D_data_aug: false,
        pool_op_kernel_sizes: [axes(2), axes(2)],
        conv_kernel_sizes: [axes(3), axes(3), axes(3)],
      },
    },
    conv_per_stage: 2,
  };
}
