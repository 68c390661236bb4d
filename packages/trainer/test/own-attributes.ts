import type { Optimizer } from '@nnunet/network';
import { adam } from '@nnunet/network/optimizers';
import type { Trainer } from '../src/trainer.ts';
import type { Json } from './v1-table.ts';

/** Attributes of v1's trainers that decide nothing here, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  ...because('how a process is run', [
    'fp16',
    'fold',
    'deterministic',
    'use_progress_bar',
    'unpack_data',
    'pin_memory',
    'num_proc_DA',
    'num_cached',
    'num_gpus',
    'distribute_batch_size',
    'local_rank',
    'global_batch_size',
  ]),
  ...because('seen in the course of a training', [
    'patience',
    'val_eval_criterion_alpha',
    'train_loss_MA_alpha',
    'train_loss_MA_eps',
    'lr_threshold',
    'lr_scheduler_eps',
    'lr_scheduler_patience',
    'save_latest_only',
    'save_intermediate_checkpoints',
    'save_best_checkpoint',
    'save_final_checkpoint',
    'also_val_in_tr_mode',
  ]),
  ...because('of the plans, for preprocessing, prediction and postprocessing', [
    'normalization_schemes',
    'use_mask_for_norm',
    'transpose_forward',
    'transpose_backward',
    'net_pool_per_axis',
    'only_keep_largest_connected_component',
    'min_region_size_per_class',
    'min_size_per_class',
    'inference_pad_border_mode',
    'inference_pad_kwargs',
    'pad_all_sides',
  ]),
  ...because('seen in the network', ['conv_per_stage', 'net_num_pool_op_kernel_sizes', 'net_conv_kernel_sizes']),
  ...because('seen in the loaders and transforms', [
    'basic_generator_patch_size',
    'do_dummy_2D_aug',
    'patch_size',
    'batch_size',
    'threeD',
    'oversample_foreground_percent',
  ]),
  ...because('seen in the loss, where v1 does not always obey it', ['batch_dice', 'ds_loss_weights', 'loss_weights']),
  ...because('parts of a loss that the table does not hold', ['dice_smooth', 'dice_do_BG']),
};

function because(reason: string, names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** Attributes that a trainer of v1 would have. */
export function attributesOf(trainer: Trainer): Json {
  const { epochs, iterationsPerEpoch, validationIterationsPerEpoch, initialLearningRate } = trainer.settings();
  const network = trainer.network();
  const recipe = trainer.recipe(trainer.stagePlans.batch_size);
  const regions = trainer.regions();
  const names = trainer.regionNames();
  return {
    max_num_epochs: epochs,
    num_batches_per_epoch: iterationsPerEpoch,
    num_val_batches_per_epoch: validationIterationsPerEpoch,
    save_every: trainer.checkpointEvery(),
    initial_lr: initialLearningRate,
    weight_decay: trainer.optimizer(0).weightDecay,
    stage: trainer.stage,
    num_classes: network.classes,
    classes: trainer.plans.all_classes,
    num_input_channels: network.inputChannels,
    base_num_features: network.features[0],
    regions: regions === null ? null : Object.fromEntries(regions.map((labels, r) => [names[r]!, labels])),
    regions_class_order: trainer.regionClassOrder(),
    // v1 writes three ones for slices too
    deep_supervision_scales: network.deepSupervision ? [[1, 1, 1], ...recipe.deepSupervisionScales.slice(1)] : null,
    do_mirroring: trainer.mirrorAxes().length > 0,
    mirror_axes: trainer.mirrorAxes(),
  };
}

/** An optimiser in PyTorch's words. */
export function parametersOf(optimizer: Optimizer, rate: number): Json {
  const { name, momentum, weightDecay } = optimizer;
  const always = { lr: rate, weight_decay: weightDecay, maximize: false };
  return name === 'sgd'
    ? { class: 'SGD', ...always, momentum, dampening: 0, nesterov: true }
    : {
        class: 'Adam',
        ...always,
        betas: [momentum, adam.secondMomentum],
        eps: 1e-8,
        amsgrad: true,
        decoupled_weight_decay: false,
      };
}
