import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { describeNetworkV2 } from './describe-v2.ts';
import type { ArchitectureV2, PlansV2 } from './plans-v2.ts';

const dataset = { channel_names: { 0: 'CT' }, labels: { background: 0, kidney: 1, tumour: 2 } };

const architecture: ArchitectureV2 = {
  network_class_name: 'dynamic_network_architectures.architectures.unet.PlainConvUNet',
  arch_kwargs: {
    n_stages: 3,
    features_per_stage: [32, 64, 128],
    kernel_sizes: [
      [1, 3, 3],
      [3, 3, 3],
      [3, 3, 3],
    ],
    strides: [
      [1, 1, 1],
      [1, 2, 2],
      [2, 2, 2],
    ],
    n_conv_per_stage: [2, 2, 2],
    n_conv_per_stage_decoder: [2, 2],
    conv_bias: true,
    norm_op: 'torch.nn.modules.instancenorm.InstanceNorm3d',
    norm_op_kwargs: { eps: 1e-5, affine: true },
    nonlin: 'torch.nn.LeakyReLU',
    nonlin_kwargs: {},
  },
};

function plansOf(kwargs: Record<string, unknown> = {}): PlansV2 {
  const own = { ...architecture, arch_kwargs: { ...architecture.arch_kwargs, ...kwargs } };
  return {
    configurations: {
      '3d_fullres': { patch_size: [16, 32, 32], architecture: own },
      '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' },
      circle: { inherits_from: 'circle' },
    },
  };
}

function tagOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return isNnUNetError(error) ? error.tag : 'none of ours';
  }
  return undefined;
}

describe('describeNetworkV2', () => {
  it('reads the architecture', () => {
    expect(describeNetworkV2(plansOf(), '3d_fullres', dataset)).toMatchObject({
      architecture: 'PlainConvUNet',
      dimension: 3,
      inputChannels: 1,
      classes: 3,
      features: [32, 64, 128],
      pools: [
        [1, 2, 2],
        [2, 2, 2],
      ],
      norm: 'instance',
      negativeSlope: 0.01,
      upBias: true,
      headBias: true,
    });
  });

  it('reads older plans as the same network', () => {
    const { arch_kwargs: kwargs } = architecture;
    const older = {
      patch_size: [16, 32, 32],
      UNet_class_name: 'PlainConvUNet',
      UNet_base_num_features: 32,
      unet_max_num_features: 320,
      n_conv_per_stage_encoder: [2, 2, 2],
      n_conv_per_stage_decoder: [2, 2],
      pool_op_kernel_sizes: kwargs.strides as number[][],
      conv_kernel_sizes: kwargs.kernel_sizes as number[][],
    };
    const found = describeNetworkV2({ configurations: { '3d_fullres': older } }, '3d_fullres', dataset);
    expect(found).toEqual(describeNetworkV2(plansOf(), '3d_fullres', dataset));
  });

  it('inherits configurations; a cascade sees one channel per foreground label', () => {
    const found = describeNetworkV2(plansOf(), '3d_cascade_fullres', dataset);
    expect(found.inputChannels).toBe(3);
    expect(found.features).toEqual([32, 64, 128]);
  });

  it('counts regions, and not the ignored label', () => {
    const regions = { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3, ignore: 4 };
    const found = (labels: Record<string, number | number[]>) =>
      describeNetworkV2(plansOf(), '3d_cascade_fullres', { ...dataset, labels });
    expect(found(regions)).toMatchObject({ classes: 3, inputChannels: 4 });
    expect(found({ background: 0, a: 1, b: 2, ignore: 3 })).toMatchObject({ classes: 3, inputChannels: 3 });
    // as in v2: a list of one label is a label, not a region
    expect(found({ background: 0, a: [1], b: [2] })).toMatchObject({ classes: 3, inputChannels: 3 });
  });

  it('knows norms, nonlinearities and the trainer with batch norm', () => {
    const of = (kwargs: Record<string, unknown>, trainer = 'nnUNetTrainer') =>
      describeNetworkV2(plansOf(kwargs), '3d_fullres', dataset, { trainer });
    expect(of({}, 'nnUNetTrainerBN').norm).toBe('batch');
    expect(of({ norm_op: null }).norm).toBe('none');
    expect(of({ nonlin: 'torch.nn.ReLU' }).negativeSlope).toBe(0);
    expect(of({ nonlin_kwargs: { negative_slope: 0.2 } }).negativeSlope).toBe(0.2);
    for (const [kwargs, what] of [
      [{ nonlin: 'torch.nn.SiLU' }, /the nonlinearity torch\.nn\.SiLU [\s\S]*LeakyReLU, ReLU, GELU and Mish are\./],
      [{ norm_op: 'torch.nn.GroupNorm' }, /the norm torch\.nn\.GroupNorm [\s\S]*Affine instance and batch norms are\./],
      [{ norm_op_kwargs: { affine: false } }, /the norm torch\.nn.*InstanceNorm3d [\s\S]*Affine/],
      [{ squeeze_excitation: true }, /squeeze/],
      [{ strides: [2, 2, 2] }, /stride/],
    ] as const) {
      expect(tagOf(() => of(kwargs))).toBe('unsupported-network');
      expect(() => of(kwargs)).toThrow(what);
    }
    expect(tagOf(() => of({}, 'nnUNet_Primus_M_Trainer'))).toBe('unsupported-network');
  });

  it('refuses plans without the configuration or a network', () => {
    for (const name of ['2d', 'circle']) {
      expect(tagOf(() => describeNetworkV2(plansOf(), name, dataset))).toBe('bad-plans');
    }
    const without = { configurations: { x: { patch_size: [8, 8] } } };
    expect(tagOf(() => describeNetworkV2(without, 'x', dataset))).toBe('bad-plans');
    expect(tagOf(() => describeNetworkV2(plansOf(), '3d_fullres', { labels: dataset.labels }))).toBe('bad-dataset');
  });
});
