import type { FingerprintV2 } from '@nnunet/schema';

/** A resampling function of v2 by its name, with its arguments. */
export interface ResamplingV2 {
  name: string;
  kwargs: Readonly<Record<string, boolean | number | null>>;
}

/** A network as v2 writes it: a class of dynamic_network_architectures and its arguments. */
export interface NetworkPlansV2 {
  network_class_name: string;
  arch_kwargs: {
    n_stages: number;
    features_per_stage: number[];
    conv_op: string;
    /** Per stage and axis. */
    kernel_sizes: number[][];
    /** Per stage and axis; the first is 1 along every axis. */
    strides: number[][];
    /** Convolutions per encoder stage of a PlainConvUNet. */
    n_conv_per_stage?: number[];
    /** Residual blocks per encoder stage of a ResidualEncoderUNet. */
    n_blocks_per_stage?: number[];
    n_conv_per_stage_decoder: number[];
    conv_bias: true;
    norm_op: string;
    norm_op_kwargs: { eps: number; affine: true };
    dropout_op: null;
    dropout_op_kwargs: null;
    nonlin: string;
    nonlin_kwargs: { inplace: true };
  };
  _kw_requires_import: string[];
}

/** One configuration of v2's plans. Lists per axis are in network order; 2D configurations have two axes. */
export interface ConfigurationPlansV2 {
  /** Folder of the prepared cases. */
  data_identifier: string;
  preprocessor_name: string;
  batch_size: number;
  /** Voxels. */
  patch_size: number[];
  median_image_size_in_voxels: number[];
  /** mm */
  spacing: number[];
  /** Per channel. */
  normalization_schemes: string[];
  use_mask_for_norm: boolean[];
  resampling_fn_data: string;
  resampling_fn_seg: string;
  resampling_fn_data_kwargs: ResamplingV2['kwargs'];
  resampling_fn_seg_kwargs: ResamplingV2['kwargs'];
  resampling_fn_probabilities: string;
  resampling_fn_probabilities_kwargs: ResamplingV2['kwargs'];
  architecture: NetworkPlansV2;
  /** Whether the Dice of the loss is taken over the batch instead of over each sample. */
  batch_dice: boolean;
  /** Of 3d_lowres: the configuration that refines it. */
  next_stage?: string;
}

/** The cascade: like 3d_fullres, with the labels of 3d_lowres as further channels. */
export interface CascadePlansV2 {
  inherits_from: string;
  previous_stage: string;
}

/** v2's plans file. The order of the keys is that of the file. */
export interface ExperimentPlansV2 {
  dataset_name: string;
  plans_name: string;
  /** mm, network order. */
  original_median_spacing_after_transp: number[];
  /** Voxels after cropping, network order. */
  original_median_shape_after_transp: number[];
  /** Class that reads the images. */
  image_reader_writer: string;
  transpose_forward: number[];
  transpose_backward: number[];
  configurations: {
    '2d': ConfigurationPlansV2;
    '3d_lowres'?: ConfigurationPlansV2;
    '3d_fullres'?: ConfigurationPlansV2;
    '3d_cascade_fullres'?: CascadePlansV2;
  };
  experiment_planner_used: string;
  label_manager: 'LabelManager';
  foreground_intensity_properties_per_channel: FingerprintV2['foreground_intensity_properties_per_channel'];
}
