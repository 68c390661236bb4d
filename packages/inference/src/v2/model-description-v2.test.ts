import { type ErrorTag, isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { describeModelV2, type ModelSourceV2 } from './model-description-v2.ts';

const resampling = (kwargs: object) => ({ name: 'resample_data_or_seg_to_shape', kwargs });
const fn = (use: string, order: number) => ({
  [`resampling_fn_${use}`]: resampling({}).name,
  [`resampling_fn_${use}_kwargs`]: { is_seg: use === 'seg', order, order_z: 0, force_separate_z: null },
});
const fullres = {
  patch_size: [16, 16, 16],
  spacing: [1, 1, 1],
  normalization_schemes: ['CTNormalization'],
  use_mask_for_norm: [false],
  ...fn('data', 3),
  ...fn('seg', 1),
  ...fn('probabilities', 1),
  architecture: {
    network_class_name: 'some.where.PlainConvUNet',
    arch_kwargs: {
      n_stages: 2,
      features_per_stage: [8, 16],
      conv_op: 'torch.nn.modules.conv.Conv3d',
      kernel_sizes: [3, 3],
      strides: [1, 2],
      n_conv_per_stage: 2,
      n_conv_per_stage_decoder: 2,
      conv_bias: true,
      norm_op: 'torch.nn.modules.instancenorm.InstanceNorm3d',
      norm_op_kwargs: { eps: 1e-5, affine: true },
      nonlin: 'torch.nn.LeakyReLU',
    },
  },
};
const source: ModelSourceV2 = {
  plans: {
    transpose_forward: [1, 0, 2],
    transpose_backward: [1, 0, 2],
    image_reader_writer: 'SimpleITKIO',
    foreground_intensity_properties_per_channel: { '0': { mean: 1, std: 2, percentile_00_5: 0, percentile_99_5: 9 } },
    configurations: {
      '3d_fullres': fullres,
      '3d_cascade_fullres': { inherits_from: '3d_fullres', previous_stage: '3d_lowres' },
    },
  },
  dataset: { channel_names: { '0': 'CT' }, labels: { background: 0, liver: 1, tumour: 2, ignore: 3 } },
  trainer: 'nnUNetTrainer',
  configuration: '3d_fullres',
  mirrorAxes: [2, 0],
  where: 'model',
};

describe('describeModelV2', () => {
  it('gathers what a prediction needs', () => {
    expect(describeModelV2(source)).toMatchObject({
      patchSize: [16, 16, 16],
      mirrorAxes: [0, 2],
      nonlinearity: 'softmax',
      regionClassOrder: null,
      channels: 1,
      previousLabels: null,
      reorients: false,
      network: { classes: 3, inputChannels: 1 },
      preprocessing: { intensities: [{ mean: 1 }], resampleData: { kwargs: { order: 3 } } },
    });
  });

  it('follows what a configuration inherits, and gives a cascade its labels', () => {
    const cascade = describeModelV2({ ...source, configuration: '3d_cascade_fullres' });
    expect(cascade).toMatchObject({ previousLabels: [1, 2], network: { inputChannels: 3 } });
  });

  it('mirrors not at all where the checkpoint does not say so', () => {
    expect(describeModelV2({ ...source, mirrorAxes: null }).mirrorAxes).toEqual([]);
  });

  it('reorients where the readers did', () => {
    const plans = { ...source.plans, image_reader_writer: 'NibabelIOWithReorient' };
    expect(describeModelV2({ ...source, plans }).reorients).toBe(true);
  });

  const changed = (part: object, plans: object = {}): Partial<ModelSourceV2> => ({
    plans: { ...source.plans, ...plans, configurations: { '3d_fullres': { ...fullres, ...part } } },
  });
  const stages = (n_stages: unknown) => changed({ architecture: { arch_kwargs: { n_stages } } });

  it.each<[tag: string, what: string, Partial<ModelSourceV2>]>([
    ['unknown-trainer', 'nnUNetTrainerUMambaBot', { trainer: 'nnUNetTrainerUMambaBot' }],
    ['unsupported-reader', 'SomeOtherIO', changed({}, { image_reader_writer: 'SomeOtherIO' })],
    ['bad-dataset', 'label', { dataset: { ...source.dataset, labels: { background: 0, all: [1, 2] } } }],
    ['bad-plans', 'the plans have no configuration 2d', { configuration: '2d' }],
    ['bad-plans', '3d_fullres inherits from itself', changed({ inherits_from: '3d_fullres' })],
    ['bad-plans', 'the plans have no configuration constructor', { configuration: 'constructor' }],
    ['bad-plans', 'the architecture of 3d_fullres', changed({ architecture: 7 })],
    ['bad-plans', 'the architecture of 3d_fullres', stages(1)],
    ['bad-plans', 'the architecture of 3d_fullres', stages(32)],
    ...[0, 33, 1e9, 1.5, '2'].map((n): [string, string, Partial<ModelSourceV2>] => [
      'bad-plans',
      '"n_stages": a number from 1 to 32 expected',
      stages(n),
    ]),
    ['bad-plans', '"normalization_schemes": a list of names', changed({ normalization_schemes: [1] })],
    [
      'bad-plans',
      'has 2 entries for 1 channels',
      changed({ normalization_schemes: ['NoNormalization', 'NoNormalization'] }),
    ],
    ['bad-plans', '"spacing": a list of 2 or 3 spacings', changed({ spacing: [1, 0, 1] })],
    ['bad-plans', '"patch_size": a list of 2 or 3 sizes', changed({ patch_size: [16.5, 16, 16] })],
    ['bad-plans', '"spacing" and "patch_size": 2 or 3 entries each', changed({ spacing: [1, 1] })],
    ['bad-plans', '"spacing" and "patch_size": 2 or 3 entries each', changed({ spacing: [1], patch_size: [16] })],
    [
      'bad-plans',
      '"spacing" and "patch_size": 2 or 3 entries each',
      changed({ spacing: [1, 1, 1, 1], patch_size: [16, 16, 16, 16] }),
    ],
    ['bad-plans', '"patch_size": no more than', changed({ patch_size: [4096, 4096, 4096] })],
    ['bad-plans', '"transpose_forward": a list of axes', changed({}, { transpose_forward: 'zyx' })],
    ['bad-plans', '"transpose_backward": a list of axes', changed({}, { transpose_backward: [1, 0, 3] })],
    ['bad-plans', '"transpose_backward" does not undo', changed({}, { transpose_backward: [0, 1, 2] })],
    ['bad-plans', '"transpose_backward" does not undo', changed({}, { transpose_forward: [1, 0] })],
    ['bad-plans', '"use_mask_for_norm": a list of true and false', changed({ use_mask_for_norm: [0] })],
    ['bad-plans', '"resampling_fn_seg" and its "_kwargs"', changed({ resampling_fn_seg: undefined })],
    ['bad-plans', '"resampling_fn_data" and its "_kwargs"', changed({ resampling_fn_data_kwargs: null })],
  ])('refuses with %s: %s', (tag, what, part) => {
    let error: unknown;
    try {
      describeModelV2({ ...source, ...part });
    } catch (caught) {
      error = caught;
    }
    expect(isNnUNetError(error, tag as ErrorTag), String(error)).toBe(true);
    if (tag === 'bad-plans') expect(error).toMatchObject({ where: 'model/plans.json' });
    expect((error as Error).message).toContain(what);
  });
});

/** All trainers of nnunetv2 2.8.1, except those of Primus, a transformer. */
const trainersOfV2 = `
  nnUNetTrainer nnUNetTrainerAdam nnUNetTrainerAdam1en3 nnUNetTrainerAdam3en4 nnUNetTrainerAdan
  nnUNetTrainerAdan1en1 nnUNetTrainerAdan1en3 nnUNetTrainerAdan3en4 nnUNetTrainerAdanCosAnneal nnUNetTrainerBN
  nnUNetTrainerBenchmark_5epochs nnUNetTrainerBenchmark_5epochs_noDataLoading nnUNetTrainerCELoss
  nnUNetTrainerCELoss_5epochs nnUNetTrainerCosAnneal nnUNetTrainerDA5 nnUNetTrainerDA5Segord0
  nnUNetTrainerDA5_10epochs nnUNetTrainerDA5ord0 nnUNetTrainerDiceCELoss_noSmooth nnUNetTrainerDiceLoss
  nnUNetTrainerDiceTopK10Loss nnUNetTrainerNoDA nnUNetTrainerNoDeepSupervision nnUNetTrainerNoMirroring
  nnUNetTrainerTopk10Loss nnUNetTrainerTopk10LossLS01 nnUNetTrainerVanillaAdam nnUNetTrainerVanillaAdam1en3
  nnUNetTrainerVanillaAdam3en4 nnUNetTrainer_100epochs nnUNetTrainer_10epochs nnUNetTrainer_1epoch
  nnUNetTrainer_2000epochs nnUNetTrainer_2000epochs_NoMirroring nnUNetTrainer_20epochs nnUNetTrainer_250epochs
  nnUNetTrainer_250epochs_NoMirroring nnUNetTrainer_4000epochs nnUNetTrainer_4000epochs_NoMirroring
  nnUNetTrainer_500epochs nnUNetTrainer_50epochs nnUNetTrainer_5epochs nnUNetTrainer_750epochs
  nnUNetTrainer_8000epochs nnUNetTrainer_8000epochs_NoMirroring nnUNetTrainer_DASegOrd0
  nnUNetTrainer_DASegOrd0_NoMirroring nnUNetTrainer_noDummy2DDA nnUNetTrainer_onlyMirror01
  nnUNetTrainer_onlyMirror01_1500ep nnUNetTrainer_onlyMirror01_DA5 nnUNetTrainer_onlyMirror01_DASegOrd0
  nnUNetTrainer_probabilisticOversampling nnUNetTrainer_probabilisticOversampling_010
  nnUNetTrainer_probabilisticOversampling_033 nnUNetTrainer_warmup nnUNet_Trainer_BS8
`;
const primus = `
  AbstractPrimus _Primus_B_96_BS1 _Primus_L_48_BS1 _Primus_M_96_BS1 _Primus_S_96_BS1 nnUNet_PrimusV2B_Trainer
  nnUNet_PrimusV2L_Trainer nnUNet_PrimusV2M_Trainer nnUNet_PrimusV2S_Trainer nnUNet_PrimusV3B_Trainer
  nnUNet_PrimusV3L_Trainer nnUNet_PrimusV3M_Trainer nnUNet_PrimusV3S_Trainer nnUNet_Primus_B_Trainer
  nnUNet_Primus_L_Trainer nnUNet_Primus_M_Trainer nnUNet_Primus_M_Trainer_BS8 nnUNet_Primus_M_Trainer_BS8_2e4
  nnUNet_Primus_S_Trainer
`;

it('knows the trainers that come with v2 or TotalSegmentator, and no others', () => {
  const known = [
    ...trainersOfV2.trim().split(/\s+/),
    'nnUNetTrainerDiceTopK10Loss_2000epochs',
    'nnUNetTrainerSkeletonRecall',
    'nnUNetTrainer_MOSAIC_1k_QuarterLR_NoMirroring',
  ];
  const unknown = [...primus.trim().split(/\s+/), 'nnUNetTrainerSwinUNETR', 'MyTrainer', 'nnUNetTrainer_HRNet'];
  for (const trainer of known) expect(describeModelV2({ ...source, trainer })).toMatchObject({ trainer });
  for (const trainer of unknown)
    expect(() => describeModelV2({ ...source, trainer })).toThrow(expect.objectContaining({ tag: 'unknown-trainer' }));
});

it('keeps the axes of the patch to mirror along, and calls the input by its older name too', () => {
  const { channel_names: modality, ...rest } = source.dataset;
  expect(describeModelV2({ ...source, dataset: { ...rest, modality } }).channels).toBe(1);
  expect(describeModelV2({ ...source, mirrorAxes: [3, 2, 'x', 1.5, 0] }).mirrorAxes).toEqual([0, 2]);
});

it('wants finite intensities, and takes channels without any', () => {
  const of = (intensities: unknown, key = 'foreground_intensity_properties_per_channel') => {
    const { foreground_intensity_properties_per_channel: _, ...plans } = source.plans;
    return () => describeModelV2({ ...source, plans: { ...plans, [key]: intensities } }).preprocessing.intensities;
  };
  expect(of({ 0: { mean: null } }, 'foreground_intensity_properties_by_modality')()).toEqual([{ mean: null }]);
  expect(of({ 1: { mean: 3 } })()).toEqual([null]);
  expect(of(undefined)()).toEqual([null]);
  expect(of({ 0: { mean: 1, std: Number.NaN } })).toThrow(/channel 0 are not finite: "std" is NaN/);
  expect(of({ 0: { std: 'NaN', mean: 1 } })()).toEqual([{ std: 'NaN', mean: 1 }]);
});
