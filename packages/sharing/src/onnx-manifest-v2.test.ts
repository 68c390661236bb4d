import type { ModelDescriptionV2 } from '@nnunet/inference/node';
import { describe, expect, it } from 'vitest';
import { onnxManifestV2 } from './onnx-manifest-v2.ts';

const spline = (order: number, more: object = {}) => ({
  name: 'resample_data_or_seg_to_shape',
  kwargs: { order, order_z: 0, force_separate_z: null, ...more },
});
const description = {
  trainer: 'nnUNetTrainer',
  configuration: '3d_fullres',
  network: {
    inputChannels: 2,
    classes: 3,
    pools: [
      [2, 2, 1],
      [2, 2, 2],
    ],
  },
  patchSize: [16, 32, 8],
  mirrorAxes: [0, 2],
  nonlinearity: 'softmax',
  regionClassOrder: null,
  channels: 2,
  previousLabels: null,
  reader: 'SimpleITKIO',
  reorients: false,
  preprocessing: {
    transposeForward: [1, 2, 0],
    transposeBackward: [2, 0, 1],
    spacing: [1, 2, 3],
    normalizationSchemes: ['CTNormalization', 'ZScoreNormalization'],
    useMaskForNorm: [false, true],
    intensities: [
      { mean: 1, std: 2, percentile_00_5: -3, percentile_99_5: 4 },
      { mean: 5, std: 6, percentile_00_5: 7, percentile_99_5: 8 },
    ],
    resampleData: spline(3),
    resampleLabels: spline(1),
    resampleProbabilities: spline(1, { order_z: 3 }),
  },
} as unknown as ModelDescriptionV2;
const dataset = { channel_names: { 0: 'CT', 1: 'PET' }, labels: { background: 0, whole: [1, 2], core: 2 } };
const networks = [{ fold: 'fold_0', file: 'fold_0.onnx', sha256: 's' }];
const manifestOf = (more: object = {}, preprocessing: object = {}, data: object = dataset) =>
  onnxManifestV2(
    { ...description, ...more, preprocessing: { ...description.preprocessing, ...preprocessing } },
    data as Record<string, unknown>,
    networks,
  );

describe('onnxManifestV2', () => {
  it('describes every step of nnU-Net v2', () => {
    expect(manifestOf()).toEqual({
      format: 'nnunet-onnx',
      version: 2,
      trainer: 'nnUNetTrainer',
      configuration: '3d_fullres',
      networks,
      input: { name: 'data', channels: 2, patch_size: [16, 32, 8], divisible_by: [4, 4, 2] },
      images: { reader: 'SimpleITKIO', file_ending: '.nii.gz' },
      output: { name: 'output', channels: 3, values: 'logits' },
      modalities: [
        { channel: 0, name: 'CT', file_ending: '_0000.nii.gz' },
        { channel: 1, name: 'PET', file_ending: '_0001.nii.gz' },
      ],
      labels: dataset.labels,
      preprocessing: {
        reorient: null,
        transpose: [1, 2, 0],
        crop: { to: 'nonzero', fill_holes: true },
        normalize: [
          {
            channel: 0,
            scheme: 'CTNormalization',
            use_mask: false,
            statistics: { mean: 1, sd: 2, percentile_00_5: -3, percentile_99_5: 4 },
          },
          { channel: 1, scheme: 'ZScoreNormalization', use_mask: true, statistics: null },
        ],
        resample: { spacing: [1, 2, 3], image: { order: 3, order_z: 0, separate_axis_above: 3 } },
      },
      previous_stage: null,
      tiling: { step_size: 0.5, mirror_axes: [0, 2], gaussian_sigma: 0.125, precision: 'float16' },
      export: {
        resample: { order: 1, order_z: 3, separate_axis_above: 3 },
        values: 'softmax',
        region_class_order: null,
        transpose: [2, 0, 1],
      },
    });
  });

  it('describes regions, cascades, reoriented images and older names', () => {
    const regions = { nonlinearity: 'sigmoid', regionClassOrder: [1, 2], previousLabels: [1, 2], reorients: true };
    const older = { modality: { 0: 'MRI' }, labels: { background: 0 } };
    expect(manifestOf(regions, {}, older)).toMatchObject({
      modalities: [{ channel: 0, name: 'MRI' }],
      preprocessing: { reorient: 'RAS' },
      previous_stage: { labels: [1, 2], resample: { order: 1, order_z: 0, separate_axis_above: 3 } },
      export: { values: 'sigmoid', region_class_order: [1, 2] },
    });
  });

  it('names the reader and the ending of images that are not NIfTI', () => {
    const photos = { channel_names: { 0: 'R', 1: 'G' }, labels: { background: 0, a: 1 }, file_ending: '.png' };
    expect(manifestOf({ reader: 'NaturalImage2DIO' }, {}, photos)).toMatchObject({
      images: { reader: 'NaturalImage2DIO', file_ending: '.png' },
      modalities: [{ file_ending: '_0000.png' }, { file_ending: '_0001.png' }],
    });
  });

  it.each([
    [{ force_separate_z: true }, 0],
    [{ force_separate_z: false }, null],
    [{ separate_z_anisotropy_threshold: 5 }, 5],
  ])('says when an axis is resampled separately: %j', (kwargs, above) => {
    const { image } = manifestOf({}, { resampleData: spline(3, kwargs) }).preprocessing.resample;
    expect(image).toEqual({ order: 3, order_z: 0, separate_axis_above: above });
  });

  it('keeps the spacing of slices in 2D, and all of it without resampling', () => {
    expect(manifestOf({}, { spacing: [4, 5] }).preprocessing.resample.spacing).toEqual([null, 4, 5]);
    const none = { name: 'no_resampling_hack', kwargs: {} };
    expect(manifestOf({}, { resampleData: none }).preprocessing.resample).toEqual({
      spacing: [null, null, null],
      image: null,
    });
  });

  it('refuses normalisations that its readers do not know', () => {
    const own = { normalizationSchemes: ['Mine', 'NoNormalization'] };
    expect(() => manifestOf({}, own)).toThrow(/cannot describe the normalisation scheme Mine/);
  });
});
