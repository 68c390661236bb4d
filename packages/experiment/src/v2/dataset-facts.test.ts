import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { rulesOfExperiment } from '../rules-of-experiment.ts';
import { settingsV2 } from '../settings.fixture.ts';

it('tells folds, planned configurations with their first stages, labels and file ending of a dataset', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const settings = settingsV2();
  const read = () => rulesOfExperiment(settings.task).facts(roots, settings);
  const write = (path: string, content: unknown) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), JSON.stringify(content));
  };
  await expect(read()).rejects.toMatchObject({ tag: 'missing-file' });

  const labels = { background: 0, whole: [1, 2], core: 2, ignore: 3 };
  const description = { labels, regions_class_order: [1, 2], numTraining: 7, file_ending: '.nrrd' };
  write('nnUNet_raw/Dataset501_Liver/dataset.json', { channel_names: { 0: 'CT' }, ...description });
  const unplanned = { folds: [0, 1, 2, 3, 4], undivided: 7, planned: null, labels: [1, 2], fileEnding: '.nrrd' };
  expect(await read()).toEqual(unplanned);

  const fold = { train: ['c'], val: ['a'] };
  write('nnUNet_raw/Dataset501_Liver/splits_final.json', [fold, fold, fold]);
  expect(await read()).toEqual({ ...unplanned, folds: [0, 1, 2], undivided: null });
  const configurations = { '2d': {}, coarse: {}, fine: { previous_stage: 'coarse' }, finer: { inherits_from: 'fine' } };
  write('nnUNet_preprocessed/Dataset501_Liver/nnUNetPlans.json', { configurations });
  write('nnUNet_preprocessed/Dataset501_Liver/splits_final.json', [fold, fold]);
  expect(await read()).toEqual({
    ...unplanned,
    folds: [0, 1],
    undivided: null,
    planned: ['2d', 'coarse', 'fine', 'finer'],
    firstStages: { fine: 'coarse', finer: 'coarse' },
  });
});
