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
      circle: { inherits_from: 'round' },
      round: { inherits_from: 'circle' },
      finer: { inherits_from: '3d_cascade_fullres', patch_size: [8, 8, 8], previous_stage: null },
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

it('refuses a network of one stage, which v2 plans for tiny images', () => {
  const one = { n_stages: 1, features_per_stage: [32], strides: [[1, 1, 1]], kernel_sizes: [[3, 3, 3]], n_conv_per_stage_decoder: [] }; // biome-ignore format: a row
  const describeOne = () => describeNetworkV2(plansOf(one), '3d_fullres', dataset);
  expect(describeOne).toThrow(/one stage, which v2 plans for 3d_fullres but cannot train either.*\n.*16 x 32 x 32/);
  expect(tagOf(describeOne)).toBe('unsupported-network');
});

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
    const of = (changed: object) =>
      describeNetworkV2({ configurations: { '3d_fullres': { ...older, ...changed } } }, '3d_fullres', dataset);
    expect(of({})).toEqual(describeNetworkV2(plansOf(), '3d_fullres', dataset));
    expect(of({ unet_max_num_features: 100 }).features).toEqual([32, 64, 100]);
    const residual = of({ UNet_class_name: 'ResidualEncoderUNet', n_conv_per_stage_encoder: [1, 3, 4] });
    expect(residual).toMatchObject({ encoderBlocks: [1, 3, 4], decoderBlocks: [2, 2] });
    for (const key of Object.keys(older).filter((name) => name !== 'patch_size')) {
      expect(
        tagOf(() => of({ [key]: undefined })),
        key,
      ).toBe('bad-plans');
    }
  });

  it('takes one number for all stages and axes, and the defaults of PyTorch and v2', () => {
    const own = {
      network_class_name: 'unet.PlainConvUNet',
      arch_kwargs: {
        n_stages: 3,
        features_per_stage: 16,
        kernel_sizes: 3,
        strides: [1, 2, [1, 4]],
        n_conv_per_stage_decoder: 1,
        norm_op: 'torch.nn.BatchNorm2d',
      },
    };
    const plans = { configurations: { '2d': { patch_size: [64, 64], architecture: own } } };
    expect(describeNetworkV2(plans, '2d', { modality: { 0: 'MR', 1: 'CT' }, labels: dataset.labels })).toEqual({
      architecture: 'PlainConvUNet',
      dimension: 2,
      inputChannels: 2,
      classes: 3,
      features: [16, 16, 16],
      pools: [
        [2, 2],
        [1, 4],
      ],
      kernels: [0, 1, 2].map(() => [3, 3]),
      convolutionsPerStage: 2,
      encoderBlocks: [2, 2, 2],
      decoderBlocks: [1, 1],
      convolutionBias: false,
      upBias: false,
      headBias: true,
      norm: 'batch',
      normEpsilon: 1e-5,
      nonlinearity: 'none',
      negativeSlope: 0.01,
      nonlinearityFirst: false,
      initialisation: { slope: 0.01, zeroResidualNorms: false },
      deepSupervision: true,
    });
  });

  it('counts the blocks of a residual encoder, whose norms before a sum start at 0', () => {
    const plans = plansOf({ n_conv_per_stage: [5, 5, 5], n_blocks_per_stage: [1, 3, 4] });
    const plain = describeNetworkV2(plans, '3d_fullres', dataset);
    plans.configurations['3d_fullres']!.architecture!.network_class_name = 'ResidualEncoderUNet';
    const residual = describeNetworkV2(plans, '3d_fullres', dataset);
    expect([plain.encoderBlocks, residual.encoderBlocks]).toEqual([
      [5, 5, 5],
      [1, 3, 4],
    ]);
    expect(residual.initialisation).toEqual({ slope: 0.01, zeroResidualNorms: true });
    plans.configurations['3d_fullres']!.architecture!.network_class_name = 'MedNeXt';
    expect(tagOf(() => describeNetworkV2(plans, '3d_fullres', dataset))).toBe('unsupported-network');
  });

  it('inherits configurations; a cascade sees one channel per foreground label', () => {
    const found = describeNetworkV2(plansOf(), '3d_cascade_fullres', dataset);
    expect(found.inputChannels).toBe(3);
    expect(found.features).toEqual([32, 64, 128]);
    expect(describeNetworkV2(plansOf(), 'finer', dataset).inputChannels).toBe(1);
  });

  it('counts regions, and not the ignored label', () => {
    const regions = { background: 0, whole: [1, 2, 3], core: [2, 3], enhancing: 3, ignore: 4 };
    const found = (labels: Record<string, number | number[]>, order?: number[]) =>
      describeNetworkV2(plansOf(), '3d_cascade_fullres', { ...dataset, labels, regions_class_order: order });
    expect(found(regions, [1, 2, 3])).toMatchObject({ classes: 3, inputChannels: 4 });
    expect(found({ background: 0, a: 1, b: 2, ignore: 3 })).toMatchObject({ classes: 3, inputChannels: 3 });
    // Some regions may be single labels, and in any order; the background is not one.
    expect(found({ background: 0, ignore: 5, a: [4, 2], b: 4 }, [2, 4])).toMatchObject({
      classes: 2,
      inputChannels: 3,
    });
    // as in v2: a list of one label is a label, not a region
    expect(found({ background: 0, a: [1], b: [2] })).toMatchObject({ classes: 3, inputChannels: 3 });
  });

  it('knows norms, nonlinearities and the trainer with batch norm', () => {
    const of = (kwargs: Record<string, unknown>, trainer = 'nnUNetTrainer') =>
      describeNetworkV2(plansOf(kwargs), '3d_fullres', dataset, { trainer });
    const norms: [kwargs: Record<string, unknown>, trainer: string, norm: string, epsilon: number][] = [
      [{ norm_op_kwargs: { eps: 1e-3, affine: true } }, 'nnUNetTrainer', 'instance', 1e-3],
      [{ norm_op_kwargs: { eps: 1e-3, affine: true } }, 'nnUNetTrainerBN', 'batch', 1e-5],
      [{ norm_op_kwargs: { affine: true } }, 'nnUNetTrainer', 'instance', 1e-5],
      [{ norm_op: 'torch.nn.BatchNorm3d', norm_op_kwargs: null }, 'nnUNetTrainer', 'batch', 1e-5],
      [{ norm_op: null, norm_op_kwargs: { eps: 1e-3 } }, 'nnUNetTrainer', 'none', 1e-3],
    ];
    for (const [kwargs, trainer, norm, normEpsilon] of norms) {
      expect(of(kwargs, trainer)).toMatchObject({ norm, normEpsilon });
    }
    for (const [kwargs, nonlinearity, negativeSlope] of [
      [{ nonlin_kwargs: null }, 'leakyRelu', 0.01],
      [{ nonlin_kwargs: { negative_slope: 0.2 } }, 'leakyRelu', 0.2],
      [{ nonlin: 'torch.nn.ReLU' }, 'leakyRelu', 0],
      [{ nonlin: 'torch.nn.GELU', nonlin_kwargs: { approximate: 'none' } }, 'gelu', 0.01],
      [{ nonlin: 'torch.nn.Mish' }, 'mish', 0.01],
      [{ nonlin: null }, 'none', 0.01],
    ] as const) {
      expect(of(kwargs)).toMatchObject({ nonlinearity, negativeSlope });
    }
    expect(of({ nonlin_first: true, conv_bias: false })).toMatchObject({
      nonlinearityFirst: true,
      convolutionBias: false,
      upBias: false,
    });
    // What is not known does not matter where it is off, nor does a dropout in prediction.
    expect(tagOf(() => of({ squeeze_excitation: false, dropout_op: 'torch.nn.Dropout3d' }))).toBeUndefined();
    for (const [kwargs, what] of [
      [
        { nonlin: 'torch.nn.SiLU' },
        /the nonlinearity torch\.nn\.SiLU [\s\S]*LeakyReLU, ReLU, GELU and Mish are supported\./,
      ],
      [
        { norm_op: 'torch.nn.GroupNorm' },
        /the norm torch\.nn\.GroupNorm [\s\S]*Affine instance and batch norms are supported\./,
      ],
      [{ nonlin: 'torch.nn.GELU', nonlin_kwargs: { approximate: 'tanh' } }, /the nonlinearity torch\.nn\.GELU /],
      [{ norm_op: 'torch.nn.BatchNorm3d', norm_op_kwargs: { affine: false } }, /BatchNorm3d [\s\S]*Affine/],
      [{ norm_op_kwargs: {} }, /InstanceNorm3d [\s\S]*Affine/],
      [{ norm_op_kwargs: { affine: false } }, /the norm torch\.nn.*InstanceNorm3d [\s\S]*Affine/],
      [{ squeeze_excitation: true }, /squeeze/],
      [{ strides: [2, 2, 2] }, /stride/],
      [{ strides: [[1, 1, 2], 1, 1] }, /stride/],
    ] as const) {
      expect(tagOf(() => of(kwargs))).toBe('unsupported-network');
      expect(() => of(kwargs)).toThrow(what);
    }
    expect(tagOf(() => of({}, 'nnUNet_Primus_M_Trainer'))).toBe('unsupported-network');
  });

  it('refuses plans without the configuration or a network', () => {
    for (const [name, what] of [
      ['2d', 'the plans have no configuration 2d'],
      ['circle', 'circle inherits from itself'],
    ] as const) {
      const describing = () => describeNetworkV2(plansOf(), name, dataset);
      expect(tagOf(describing)).toBe('bad-plans');
      expect(describing).toThrow(what);
    }
    const without = { configurations: { x: { patch_size: [8, 8] } } };
    expect(tagOf(() => describeNetworkV2(without, 'x', dataset))).toBe('bad-plans');
    expect(tagOf(() => describeNetworkV2(plansOf(), '3d_fullres', { labels: dataset.labels }))).toBe('bad-dataset');
  });
});
