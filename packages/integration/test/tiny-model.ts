import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plans } from '@nnunet/dataset';
import { METADATA_KEY, type ModelDescription, WEIGHT_PREFIX } from '@nnunet/inference';
import { describeNetwork, initialiseWeights } from '@nnunet/network';
import { encodeSafetensors } from '@nnunet/tensor';

const plans: Plans = {
  num_stages: 1,
  num_modalities: 1,
  modalities: { '0': 'MRI' },
  normalization_schemes: { '0': 'nonCT' },
  dataset_properties: {
    all_sizes: [[36, 50, 35]],
    all_spacings: [[1, 1, 1]],
    all_classes: [1, 2],
    modalities: { '0': 'MRI' },
    intensityproperties: null,
    size_reductions: { a: 1 },
  },
  list_of_npz_files: [],
  original_spacings: [[1, 1, 1]],
  original_sizes: [[36, 50, 35]],
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
      num_pool_per_axis: [2, 2, 2],
      patch_size: [24, 32, 24],
      median_patient_size_in_voxels: [36, 50, 35],
      current_spacing: [1.2, 1.2, 1.2],
      original_spacing: [1, 1, 1],
      do_dummy_2D_data_aug: false,
      pool_op_kernel_sizes: [
        [2, 2, 2],
        [2, 2, 2],
      ],
      conv_kernel_sizes: [
        [3, 3, 3],
        [3, 3, 3],
        [3, 3, 3],
      ],
    },
  },
};

/** Writes a model of one fold whose weights are drawn, not trained: enough to see whether a prediction arrives. */
export function writeTinyModel(folder: string): void {
  const network = describeNetwork(plans, 0);
  const model: ModelDescription = {
    trainer: 'nnUNetTrainerV2',
    configuration: '3d_fullres',
    stage: 0,
    plans,
    network,
    mirrorAxes: [0, 1, 2],
    nonlinearity: 'softmax',
    regionClassOrder: null,
  };
  const weights = [...initialiseWeights(network, 1)].map(([name, tensor]) => [WEIGHT_PREFIX + name, tensor] as const);
  const file = join(folder, 'fold_0/model_final_checkpoint.safetensors');
  mkdirSync(join(folder, 'fold_0'), { recursive: true });
  writeFileSync(file, encodeSafetensors(new Map(weights), { [METADATA_KEY]: JSON.stringify({ version: 1, model }) }));
}
