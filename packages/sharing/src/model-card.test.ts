import type { DatasetDescription, Plans } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { dataOf, type ModelCard } from './model-card.ts';
import { modelCardText } from './model-card-text.ts';

const plans: Plans = {
  ...tinyPlans([8, 8, 8]),
  modalities: { 0: 'CT', 1: 'PET | SUV' },
  normalization_schemes: { 0: 'CT' },
  all_classes: [2, 7],
  original_spacings: [
    [5, 0.7, 3],
    [2, 0.9, 10],
    [3.3333333, 0.8, 20],
  ],
  original_sizes: [
    [10, 300, 7],
    [40, 100, 9],
    [21, 200, 8],
    [5, 400, 8],
  ],
};

describe('dataOf', () => {
  it('is told by the plans where there is no dataset.json', () => {
    expect(dataOf(plans, null)).toEqual({
      name: null,
      description: null,
      reference: null,
      licence: null,
      release: null,
      modalities: { 0: { name: 'CT', normalisation: 'CT' }, 1: { name: 'PET | SUV', normalisation: 'nonCT' } },
      labels: { 0: 'background', 2: 'label 2', 7: 'label 7' },
      trainingCases: 4,
      // Of three cases the one in the middle, of four the mean of two.
      medianSpacing: [3.33333, 0.8, 10],
      medianSize: [15.5, 250, 8],
    });
    expect(dataOf({ ...plans, original_sizes: [], original_spacings: [] }, null)).toMatchObject({
      trainingCases: 0,
      medianSpacing: null,
      medianSize: null,
    });
  });

  it('names regions by the values of their labels, whatever dataset.json calls these', () => {
    const regions = [
      { name: 'whole', values: [2, 7] },
      { name: 'core', values: [7], single: true as const },
    ];
    const { labels } = dataOf({ ...plans, regions }, { labels: { 2: 'label 2' } } as unknown as DatasetDescription);
    expect(labels).toEqual({ 0: 'background', '2 + 7': 'whole', 7: 'core' });
  });

  it('takes words and labels from dataset.json', () => {
    const words = { name: 'n', description: 'd', reference: 'r', licence: 'l', release: '1' };
    const labels = { 0: 'air', 2: 'liver' };
    expect(dataOf(plans, { ...words, labels } as unknown as DatasetDescription)).toMatchObject({ ...words, labels });
  });
});

describe('modelCardText', () => {
  const card: ModelCard = {
    format: 'nnunet-model-card',
    version: 1,
    exported: '',
    task: 'Task007_Made',
    configuration: '3d_fullres',
    trainer: 'T',
    plans: 'P',
    folds: ['0', '2'],
    data: { ...dataOf(plans, null), description: 'two\n  lines ' },
    network: {
      spacing: [3, 1, 1.5],
      patchSize: [8, 16, 24],
      batchSize: 2,
      parameters: 1234,
      architecture: 'Generic_UNet',
      preprocessor: 'GenericPreprocessor',
      regionClassOrder: null,
    },
    training: [
      { fold: 'fold_0', epochs: 1, changedSettings: '' },
      { fold: 'fold_1', epochs: 20, changedSettings: 'seed 3' },
      { fold: 'fold_2', epochs: null, changedSettings: null },
    ],
    scores: { from: 'fold 0 alone', cases: 3, dice: { 2: 0.81236, 7: null }, mean: 0.5 },
    postprocessing: null,
    integers: null,
  };
  const lines = (more: Partial<ModelCard> = {}) => modelCardText({ ...card, ...more }).split('\n');

  it('tells of data, scores, network and use', () => {
    expect(lines()).toEqual(
      expect.arrayContaining([
        'An nnU-Net trained with T and plans P; fold 0, 2.',
        '- Description: two lines',
        '- Licence: not stated: ask who trained the model',
        '- Training cases: 4',
        '- Median spacing (z, y, x): 3.33333 x 0.8 x 10 mm',
        '- Median size (z, y, x): 15.5 x 250 x 8 voxels',
        '| `CASE_0001.nii.gz` | PET \\| SUV | nonCT |',
        '| 0 | background |  |',
        '| 2 | label 2 | 0.8124 |',
        '| 7 | label 7 | - |',
        'Mean foreground Dice 0.5000 over 3 validation cases (fold 0 alone), before postprocessing.',
        'Postprocessing: not determined.',
        '- Spacing 3 x 1 x 1.5 mm, patch 8 x 16 x 24, batch size 2',
        '- Generic_UNet, 1234 parameters',
        '- Preprocessor GenericPreprocessor',
        "- fold_0: 1 epoch; nnU-Net's default settings",
        "- fold_1: 20 epochs; differs from nnU-Net's default settings: seed 3",
        '- fold_2: length not known',
        'nnUNet_predict -i IMAGES -o PREDICTIONS -t Task007_Made -m 3d_fullres -tr T -p P',
      ]),
    );
    expect(lines().join('\n')).not.toMatch(/- (Name|Reference|Release):|quick/);
  });

  it('leaves out what is not known, and names the trainer of a cascade and the fold all', () => {
    const { data, network } = card;
    const found = lines({
      configuration: '3d_cascade_fullres',
      folds: ['all'],
      data: { ...data, licence: 'CC0', medianSize: null, medianSpacing: null },
      network: { ...network, architecture: null },
      scores: null,
      postprocessing: 'nothing',
      integers: '8-bit integers: a small loss',
    });
    expect(found).toEqual(
      expect.arrayContaining([
        '- Licence: CC0',
        '| 2 | label 2 | - |',
        'No validation was found.',
        'Postprocessing: nothing.',
        'With the preset quick: 8-bit integers: a small loss.',
        'nnUNet_predict -i IMAGES -o PREDICTIONS -t Task007_Made -m 3d_cascade_fullres -ctr T -p P -f all',
      ]),
    );
    expect(found.join('\n')).not.toMatch(/Median|parameters/);
  });
});
