import type { Fingerprint, LearntLabels } from './fingerprint.ts';

/** Normalisation scheme of a modality's intensities. */
export type NormalizationScheme = 'CT' | 'CT2' | 'noNorm' | 'nonCT' | (string & {});

/** One resolution of a plan. Axes are in network order (after transpose_forward): axis 0 has the coarsest spacing. */
export interface StagePlans {
  batch_size: number;
  num_pool_per_axis: number[];
  /** Voxels; 3 values in 3D, 2 in 2D. */
  patch_size: number[];
  median_patient_size_in_voxels: number[];
  /** mm, always 3 values. */
  current_spacing: number[];
  original_spacing: number[];
  do_dummy_2D_data_aug: boolean;
  pool_op_kernel_sizes: number[][];
  conv_kernel_sizes: number[][];
}

export interface SegmentationExportParams {
  force_separate_z: boolean | null;
  interpolation_order: number;
  interpolation_order_z: number;
}

/** The content of a plans file, with v1's keys. Integer keys are strings, as in JSON. */
export interface Plans extends LearntLabels {
  num_stages: number;
  num_modalities: number;
  modalities: Record<string, string>;
  normalization_schemes: Record<string, NormalizationScheme>;
  dataset_properties: Fingerprint;
  list_of_npz_files: string[];
  original_spacings: number[][];
  original_sizes: number[][];
  preprocessed_data_folder: string;
  /** Excluding background. */
  num_classes: number;
  base_num_features: number;
  use_mask_for_norm: Record<string, boolean>;
  keep_only_largest_region: null;
  min_region_size_per_class: null;
  min_size_per_class: null;
  transpose_forward: number[];
  transpose_backward: number[];
  data_identifier: string;
  plans_per_stage: Record<string, StagePlans>;
  preprocessor_name?: string;
  conv_per_stage?: number;
  /** Architecture of the network, unless the trainer names another. Not in v1. Default: v1's. */
  architecture?: string;
  segmentation_export_params?: SegmentationExportParams;
}
