import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';
import { propertiesOfCases, requireValidation } from './validation-needs.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const one = tinyPlans([4, 8, 8]);
const stage = one.plans_per_stage['0'];
const plans = { ...one, num_stages: 3, plans_per_stage: { '0': stage, '1': stage } };

// Stage 1 holds no case 2, and case 3 has no reference.
beforeAll(async () => {
  await writeTinyTask(root, [0, 1]);
  for (const ending of ['json', 'npy']) await rm(join(root, `nnUNetData_plans_v2.1_stage1/case_2.${ending}`));
  await rm(join(root, 'gt_segmentations/case_3.nii.gz'));
});

it.each([
  ['3d_lowres', 'case_1', {}, null],
  ['3d_lowres', 'case_2', { predictNextStage: true }, 'missing-file'],
  ['3d_lowres', 'case_1', { predictNextStage: true }, null],
  ['3d_lowres', 'case_2', { evaluate: true }, null],
  ['3d_lowres', 'case_2', { predictNextStage: true, fold: 'all' }, null],
  ['3d_fullres', 'case_1', { predictNextStage: true }, null],
  ['3d_fullres', 'case_2', { predictNextStage: true }, null],
  ['3d_fullres', 'case_2', { evaluate: true }, 'missing-file'],
  ['3d_lowres', 'case_3', { predictNextStage: true }, null],
  ['3d_lowres', 'case_3', { evaluate: true }, 'missing-references'],
] as const)('looks for %s of %s with %j at what its validation needs', async (configuration, id, more, tag) => {
  const trainer = createTrainer({ plans, configuration, trainer: 'nnUNetTrainerV2' });
  const looked = requireValidation({ preprocessedFolder: root, fold: 2, ...more }, trainer, [id]);
  if (tag === null) await looked;
  else await expect(looked).rejects.toMatchObject({ tag });
});

it('reads the properties of cases in their order', async () => {
  const found = await propertiesOfCases(join(root, 'nnUNetData_plans_v2.1_stage0'), ['case_3', 'case_1']);
  expect([...found].map(([id, { list_of_data_files: files }]) => [id, files])).toEqual([
    ['case_3', ['case_3_0000.nii.gz']],
    ['case_1', ['case_1_0000.nii.gz']],
  ]);
});
