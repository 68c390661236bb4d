export interface TinyPlansOptions {
  /** Number of poolings per axis. Default: 2. */
  poolings?: number;
  /** Size of the only case in the dataset, (z, y, x) voxels. */
  size?: number[];
  /** Spacing that cases are resampled to, in mm. Default: that of the dataset, 1 mm. */
  spacing?: number[];
}

/**
 * Returns plans of a tiny network: one modality, two classes, 4 features. They satisfy `Plans` of `dataset`, which this
 * package may not import.
 *
 * @param patchSize 2 or 3 edge lengths
 */
export function tinyPlans(patchSize: number[], options: TinyPlansOptions = {}) {
  const { poolings = 2, size = [12, 14, 13], spacing = [1, 1, 1] } = options;
  const axes = (n: number) => patchSize.map(() => n);
  return {
    num_stages: 1,
    num_modalities: 1,
    modalities: { '0': 'MRI' },
    normalization_schemes: { '0': 'nonCT' as const },
    dataset_properties: {
      all_sizes: [size],
      all_spacings: [[1, 1, 1]],
      all_classes: [1, 2],
      modalities: { '0': 'MRI' },
      intensityproperties: null,
      size_reductions: { case_0: 1 },
    },
    list_of_npz_files: [],
    original_spacings: [[1, 1, 1]],
    original_sizes: [size],
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
        num_pool_per_axis: axes(poolings),
        patch_size: patchSize,
        median_patient_size_in_voxels: size,
        current_spacing: spacing,
        original_spacing: [1, 1, 1],
        do_dummy_2D_data_aug: false,
        pool_op_kernel_sizes: Array.from({ length: poolings }, () => axes(2)),
        conv_kernel_sizes: Array.from({ length: poolings + 1 }, () => axes(3)),
      },
    },
    conv_per_stage: 2,
  };
}
