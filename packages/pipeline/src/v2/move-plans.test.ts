import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { movePlansV2 } from './move-plans.ts';

it('renames the dataset, the plans and their prepared data, and takes the reader of the target', async () => {
  const root = temporaryFolder();
  const [source, target] = ['prepared/Dataset001_A', 'raw/Dataset002_B'].map((name) => join(root, name));
  for (const folder of [source!, target!]) mkdirSync(folder, { recursive: true });
  const configurations = {
    '2d': { data_identifier: 'P_2d' },
    '3d_fullres': { data_identifier: 'shared' },
    '3d_cascade_fullres': { inherits_from: '3d_fullres' },
  };
  const plans = { dataset_name: 'Dataset001_A', plans_name: 'P', image_reader_writer: 'SimpleITKIO', configurations };
  writeFileSync(join(source!, 'P.json'), JSON.stringify(plans));
  const form = { channel_names: { 0: 'CT' }, labels: { background: 0, a: 1 }, numTraining: 1, file_ending: '.nii' };
  writeFileSync(join(target!, 'dataset.json'), JSON.stringify(form));
  const roots = { rawBase: null, preprocessed: join(root, 'prepared'), results: null, rawDatasets: join(root, 'raw') };
  const move = (change: object = {}) => movePlansV2({ roots, source: '1', target: '2', sourcePlans: 'P', ...change });
  expect(JSON.parse(readFileSync(await move({ targetPlans: 'Q' }), 'utf8'))).toEqual({
    dataset_name: 'Dataset002_B',
    plans_name: 'Q',
    image_reader_writer: 'NibabelIO',
    configurations: {
      '2d': { data_identifier: 'Q_2d' },
      '3d_fullres': { data_identifier: 'Q_shared' },
      '3d_cascade_fullres': { inherits_from: '3d_fullres' },
    },
  });
  expect(JSON.parse(readFileSync(await move(), 'utf8')).configurations).toEqual(configurations);
  const tag = await move({ sourcePlans: 'none' }).catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));
  expect(tag).toBe('missing-file');
});
