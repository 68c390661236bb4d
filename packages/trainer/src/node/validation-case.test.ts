import { join } from 'node:path';
import type { ModelDescription } from '@nnunet/inference';
import type { CaseProperties } from '@nnunet/schema';
import { readCaseProperties, writePreparedCase } from '@nnunet/store';
import { writeNpzFile } from '@nnunet/tensor/node';
import { openFiles, temporaryFolder, tinyPlans } from '@nnunet/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTrainer } from '../create-trainer.ts';
import { writeTinyTask } from './tiny-task.fixture.ts';
import { caseName, readValidationCase } from './validation-case.ts';

const root = temporaryFolder();
afterAll(() => expect(openFiles(root)).toEqual([]));
const folder = join(root, 'nnUNetData_plans_v2.1_stage0');
const size = [1, 2, 3] as const;
const image = [10, 11, 12, 13, 14, 15];

beforeAll(async () => {
  await writeTinyTask(root, [0]);
  const properties = await readCaseProperties(join(folder, 'case_0.json'));
  const data = Float32Array.from([...image, ...image.map((value) => 10 * value), 0, 1, 2, 0, 1, 2]);
  await writePreparedCase(folder, 'two', { data, shape: [3, ...size], properties });
});

function model(configuration: '3d_fullres' | '3d_cascade_fullres'): ModelDescription {
  const one = tinyPlans([4, 8, 8]);
  const plans = { ...one, plans_per_stage: { '0': one.plans_per_stage['0'], '1': one.plans_per_stage['0'] } };
  const trainer = configuration === '3d_fullres' ? 'nnUNetTrainerV2' : 'nnUNetTrainerV2CascadeFullRes';
  return createTrainer({ plans, configuration, trainer }).describeModel();
}

it('shows the network the modalities, and no labels', async () => {
  const found = await readValidationCase(folder, 'two', { description: model('3d_fullres') });
  expect(found).toMatchObject({ id: 'two', name: 'case_0', image: { shape: [2, 1, 2, 3] } });
  expect([...found.image.data]).toEqual([...image, 100, 110, 120, 130, 140, 150]);
});

it('shows that of a cascade the labels of the stage before, one-hot', async () => {
  const description = model('3d_cascade_fullres');
  const file = join(root, 'two_segFromPrevStage.npz');
  await writeNpzFile(file, { data: { data: Uint8Array.of(0, 1, 2, 2, 0, 1), shape: [...size] } });
  const options = { description, previousStageFolder: root };
  const found = await readValidationCase(folder, 'two', options);
  expect(found.image.shape).toEqual([4, 1, 2, 3]);
  expect([...found.image.data.subarray(12)]).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0]);
  await writeNpzFile(file, { data: { data: new Uint8Array(6), shape: [1, 3, 2] } });
  await expect(readValidationCase(folder, 'two', options)).rejects.toMatchObject({
    tag: 'bad-previous-stage',
    what: 'labels of 1 x 3 x 2 voxels, but the preprocessed case has 1 x 2 x 3',
    where: file,
  });
  await writeNpzFile(file, { other: { data: new Uint8Array(6), shape: [...size] } });
  await expect(readValidationCase(folder, 'two', options)).rejects.toMatchObject({
    what: 'labels of no voxels, but the preprocessed case has 1 x 2 x 3',
  });
});

it('names results after the first image of the case, or else by the case', () => {
  const of = (...files: string[]) => caseName('id', { list_of_data_files: files } as unknown as CaseProperties);
  expect(of('/raw/imagesTr/heart_7_0000.nii.gz', '/raw/imagesTr/heart_7_0001.nii.gz')).toBe('heart_7');
  expect(of()).toBe('id');
});
