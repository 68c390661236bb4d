import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { caseIdProblem, requireCaseId } from '@nnunet/schema/internal';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { generateDatasetJson } from './node/generate-dataset-json.ts';
import { verifyDataset } from './node/verify-dataset.ts';

it('knows the names that files of the program have', () => {
  for (const id of ['dataset', 'dataset_properties', 'intensityproperties', 'made-from', 'x_locations', 'plans', 'Dataset', 'a_segFromPrevStage', '', 'a/b', 'a\\b', '.a']) // biome-ignore format: a list
    expect([id, caseIdProblem(id)]).toEqual([id, expect.any(String)]);
  for (const id of ['case_001', 'dataset_1', 'locations', 'x_locations_2', 'my.case', 'splits', 'Fall 3'])
    expect([id, caseIdProblem(id)]).toEqual([id, null]);
  expect(() => requireCaseId('made-from', 'imagesTr')).toThrow(/imagesTr: "made-from" cannot be the name of a case/);
});

it('the quick check refuses them', async () => {
  const folder = temporaryFolder();
  const training = ['dataset', 'x_locations', 'good'].map((id) => ({ image: `${id}.nii.gz`, label: `${id}.nii.gz` }));
  const dataset = { modality: { 0: 'MRI' }, labels: { 0: 'background', 1: 'x' }, training };
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(dataset));
  const { faults } = await verifyDataset({ taskFolder: folder, level: 'quick' });
  const names = faults.filter(({ what }) => what === 'invalid case name').map(({ found }) => found);
  expect(names).toEqual([
    expect.stringMatching(/^"dataset", which/),
    expect.stringMatching(/^"x_locations", which ends in _locations/),
  ]);
});

it('dataset.json is made of files that fit together, else what does not is named', async () => {
  const folder = temporaryFolder();
  const put = (file: string) => {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  };
  for (const file of ['imagesTr/a_0000', 'imagesTr/a_0001', 'labelsTr/a', 'imagesTs/t_0000', 'imagesTs/t_0001'])
    put(`${file}.nii.gz`);
  const make = (...modalities: string[]) =>
    generateDatasetJson({ taskFolder: folder, modalities, labels: { 0: 'background', 1: 'x' }, name: 'X' });
  expect(await make('T1', 'FLAIR')).toMatchObject({ numTraining: 1, numTest: 1 });
  const messageOf = async (...modalities: string[]) => {
    const error = await make(...modalities).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'files-do-not-fit')).toBe(true);
    return (error as Error).message;
  };
  expect(await messageOf('T1')).toMatch(
    /imagesTr\/a_0001\.nii\.gz belongs to a modality without a name\nimagesTs\/t_0001/,
  );
  expect(await messageOf('T1', 'FLAIR', 'T2')).toMatch(/imagesTr\/a_0002\.nii\.gz is missing: modality T2/);
  put('labelsTr/b.nii.gz');
  put('imagesTr/c_0000.nii.gz');
  put('imagesTr/c_0001.nii.gz');
  expect(await messageOf('T1', 'FLAIR')).toMatch(/labelsTr\/c\.nii\.gz is missing\nlabelsTr\/b\.nii\.gz has no images/);
});
