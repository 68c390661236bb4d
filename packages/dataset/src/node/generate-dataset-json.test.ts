import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDatasetDescription } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { generateDatasetJson } from './generate-dataset-json.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('generateDatasetJson', () => {
  const files = (sub: string, names: string[]) => {
    mkdirSync(join(folder, sub));
    for (const name of names) writeFileSync(join(folder, sub, name), '');
  };

  it('lists what the folders hold', async () => {
    files('imagesTr', ['b_0000.nii.gz', 'b_0001.nii.gz', 'a_0000.nii.gz', 'a_0001.nii.gz', '.a_0000.nii.gz', 'x.txt']);
    files('imagesTs', ['t_0000.nii.gz', 't_0001.nii.gz']);
    const options = { taskFolder: folder, modalities: ['T1', 'T2'], labels: { 0: 'background', 1: 'a' }, name: 'Toy' };
    await generateDatasetJson(options);
    const dataset = await readDatasetDescription(join(folder, 'dataset.json'));
    expect(dataset.training.map((entry) => entry.image)).toEqual(['./imagesTr/a.nii.gz', './imagesTr/b.nii.gz']);
    expect(dataset.training[0]!.label).toBe('./labelsTr/a.nii.gz');
    expect(dataset.test).toEqual(['./imagesTs/t.nii.gz']);
    expect(dataset).toMatchObject({ modality: { 0: 'T1', 1: 'T2' }, numTraining: 2, numTest: 1, release: '0.0' });
  });

  it('keeps what is said of the data set, and needs images to train on', async () => {
    const options = { taskFolder: folder, modalities: ['T1'], labels: { 0: 'background', 1: 'a' }, name: 'Toy' };
    await expect(generateDatasetJson(options)).rejects.toMatchObject({ tag: 'missing-folder' });
    files('imagesTr', ['b_0000.nii.gz']);
    files('labelsTr', ['b.nii.gz', '.c.nii.gz', 'd.txt']);
    const said = { description: 'd', reference: 'r', licence: 'l', release: '1.2' };
    expect(await generateDatasetJson({ ...options, ...said })).toMatchObject({ ...said, name: 'Toy', test: [] });
    writeFileSync(join(folder, 'imagesTs'), 'no folder');
    await expect(generateDatasetJson(options)).rejects.toMatchObject({ where: `${folder}/imagesTs` });
  });

  it('refuses names without a modality number', async () => {
    files('imagesTr', ['a.nii.gz']);
    const options = { taskFolder: folder, modalities: ['T1'], labels: { 0: 'background' }, name: 'Toy' };
    await expect(generateDatasetJson(options)).rejects.toThrow(/imagesTr\/a\.nii\.gz: the name does not end in _0000/);
  });
});
