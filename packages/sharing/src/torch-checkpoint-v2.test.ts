import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModelFolderV2 } from '@nnunet/inference/node/internal';
import { initialiseWeights } from '@nnunet/network';
import { describeNetworkV2 } from '@nnunet/network/internal';
import { sgd } from '@nnunet/network/optimizers';
import { temporaryFolder } from '@nnunet/testing';
import type { TorchTensor } from '@nnunet/torch-checkpoint';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { resolveSettings } from '@nnunet/trainer';
import { expect, it } from 'vitest';
import { startingState } from '../../trainer/src/training-state.ts';
import { type TrainingV2, writeCheckpointV2 } from './torch-checkpoint-v2.ts';

const resampled = (use: string) => ({
  [`resampling_fn_${use}`]: 'resample_data_or_seg_to_shape',
  [`resampling_fn_${use}_kwargs`]: { is_seg: use === 'seg', order: 1, order_z: 0, force_separate_z: null },
});
const plans = {
  transpose_forward: [0, 1, 2],
  transpose_backward: [0, 1, 2],
  image_reader_writer: 'SimpleITKIO',
  foreground_intensity_properties_per_channel: {},
  configurations: {
    '3d_fullres': {
      patch_size: [8, 8, 8],
      spacing: [1, 1.5, 1],
      normalization_schemes: ['ZScoreNormalization'],
      use_mask_for_norm: [false],
      ...resampled('data'),
      ...resampled('seg'),
      ...resampled('probabilities'),
      architecture: {
        network_class_name: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
        arch_kwargs: {
          n_stages: 2,
          features_per_stage: [4, 8],
          kernel_sizes: [3, 3],
          strides: [1, 2],
          n_conv_per_stage: 1,
          n_conv_per_stage_decoder: 1,
          conv_bias: true,
          norm_op: 'torch.nn.modules.instancenorm.InstanceNorm3d',
          norm_op_kwargs: { eps: 1e-5, affine: true },
          nonlin: 'torch.nn.LeakyReLU',
        },
      },
    },
  },
};
const dataset = {
  channel_names: { 0: 'MR' },
  labels: { background: 0, whole: [1, 2], core: 2 },
  regions_class_order: [1, 2],
};

function training(): TrainingV2 {
  const network = describeNetworkV2(plans, '3d_fullres', dataset);
  const state = startingState(resolveSettings({ epochs: 4 }), 0.99);
  state.epoch = 2;
  state.best = 0.51;
  state.log = {
    trainLosses: [-0.25, -0.5],
    validationLosses: [-0.125, -0.375],
    validationMetrics: [0.5, 0.75],
    learningRates: [0.01, 0.0075],
    epochSeconds: [10, 20.5],
    waitingShares: [0, 0],
  };
  return {
    model: { trainer: 'nnUNetTrainer', configuration: '3d_fullres', network, mirrorAxes: [0, 2] },
    state,
    weights: initialiseWeights(network, 1),
    momenta: initialiseWeights(network, 2),
    optimizer: sgd,
    fold: 0,
    plans,
    dataset,
  };
}

async function written(own: TrainingV2) {
  const folder = join(temporaryFolder(), 'nnUNetTrainer__nnUNetPlans__3d_fullres');
  mkdirSync(join(folder, 'fold_0'), { recursive: true });
  writeFileSync(join(folder, 'plans.json'), JSON.stringify(plans));
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
  const file = join(folder, 'fold_0/checkpoint_final.pth');
  await writeCheckpointV2(file, own);
  const opened = await openTorchFile(file);
  return { folder, content: Object.fromEntries(opened.value as Map<string, unknown>), close: () => opened.close() };
}

it('is read as a model of v2: trainer, configuration, mirror axes and weights', async () => {
  const own = training();
  const { folder, close } = await written(own);
  await close();
  const { description, members } = await readModelFolderV2(folder);
  expect(description).toMatchObject(own.model);
  expect(members[0]!.epochs).toBe(2);
  expect(new Map([...members[0]!.weights].map(([name, t]) => [name, { ...t, shape: [...t.shape] }]))).toEqual(
    own.weights,
  );
});

it('holds all that v2 goes on with, in the order of its own parameters', async () => {
  const own = training();
  const { content, close } = await written(own);
  const { network_weights, optimizer_state, logging, init_args, ...rest } = content;
  expect(rest).toEqual({
    grad_scaler_state: null,
    _best_ema: 0.51,
    current_epoch: 2,
    trainer_name: 'nnUNetTrainer',
    inference_allowed_mirroring_axes: [0, 2],
  });
  expect(Object.fromEntries(logging as Map<string, unknown>)).toEqual({
    mean_fg_dice: [0.5, 0.75],
    // 0.9 * 0.5 + 0.1 * 0.75
    ema_fg_dice: [0.5, expect.closeTo(0.525, 12)],
    dice_per_class_or_region: [[], []],
    train_losses: [-0.25, -0.5],
    val_losses: [-0.125, -0.375],
    lrs: [0.01, 0.0075],
    epoch_start_timestamps: [0, 10],
    epoch_end_timestamps: [10, 30.5],
  });
  const { state, param_groups } = Object.fromEntries(optimizer_state as Map<string, unknown>);
  // Encoder, decoder, up-convolution, head; weight and bias of convolution and norm: 4 * 2 + 4 + 2 + 2 tensors.
  expect([...(state as Map<number, unknown>).keys()]).toEqual(Array.from({ length: 16 }, (_, i) => i));
  const last = (state as Map<number, Map<string, TorchTensor>>).get(15)!.get('momentum_buffer')!;
  expect(await last.read()).toEqual(own.momenta.get('decoder.seg_layers.0.bias')!.data);
  expect((param_groups as Map<string, unknown>[])[0]!.get('lr')).toBe(0.0075);
  const names = [...(network_weights as Map<string, unknown>).keys()];
  expect(names).toContain('decoder.encoder.stages.1.0.convs.0.all_modules.1.bias');
  expect((init_args as Map<string, unknown>).get('configuration')).toBe('3d_fullres');
  const json = (init_args as Map<string, Map<string, unknown>>).get('dataset_json')!;
  expect(json.get('labels')).toEqual(
    new Map<string, unknown>([
      ['background', 0],
      ['whole', [1, 2]],
      ['core', 2],
    ]),
  );
  await close();
});

it('begins with new momenta where it has none', async () => {
  const { content, close } = await written({ ...training(), momenta: new Map() });
  const { state, param_groups } = Object.fromEntries(content.optimizer_state as Map<string, unknown>);
  expect(state).toEqual(new Map());
  expect((param_groups as Map<string, unknown>[])[0]!.get('params')).toHaveLength(16);
  await close();
});
