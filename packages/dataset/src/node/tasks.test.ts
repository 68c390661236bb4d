import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { croppedFolder, modelFolder, preprocessedFolder, rawFolder } from '../folder-layout.ts';
import { resolveRoots } from '../roots.ts';
import { generateDatasetJson } from './generate-dataset-json.ts';
import { readDatasetDescription } from './json-files.ts';
import { listTasks, resolveTask } from './tasks.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

describe('resolveTask', () => {
  it('looks in all four places', async () => {
    const roots = resolveRoots({ root: folder });
    mkdirSync(rawFolder(roots, 'Task001_Raw'), { recursive: true });
    mkdirSync(preprocessedFolder(roots, 'Task002_Pre'), { recursive: true });
    const model = { configuration: '2d', task: 'Task003_Trained', trainer: 't', plans: 'p' };
    mkdirSync(modelFolder(roots, model), { recursive: true });
    expect(await resolveTask(1, roots)).toBe('Task001_Raw');
    expect(await resolveTask('002', roots)).toBe('Task002_Pre');
    expect(await resolveTask('3', roots)).toBe('Task003_Trained');
    expect(await resolveTask('Task009_New', roots)).toBe('Task009_New');
    expect(await listTasks(roots)).toEqual(['Task001_Raw', 'Task002_Pre', 'Task003_Trained']);
    await expect(resolveTask(4, roots)).rejects.toMatchObject({ tag: 'unknown-task' });
    await expect(resolveTask('four', roots)).rejects.toMatchObject({ tag: 'usage' });
    mkdirSync(preprocessedFolder(roots, 'Task001_Other'));
    await expect(resolveTask(1, roots)).rejects.toMatchObject({ tag: 'ambiguous-task' });
  });

  it('looks at folders and links to them, in the roots that are given', async () => {
    const roots = resolveRoots({ root: folder });
    mkdirSync(join(folder, 'elsewhere'));
    mkdirSync(preprocessedFolder(roots), { recursive: true });
    symlinkSync(join(folder, 'elsewhere'), join(preprocessedFolder(roots), 'Task005_Link'));
    writeFileSync(join(preprocessedFolder(roots), 'Task006_File'), '');
    for (const name of ['Task12_Short', 'notes']) mkdirSync(join(preprocessedFolder(roots), name));
    mkdirSync(croppedFolder(roots, 'Task007_Cropped'), { recursive: true });
    expect(await listTasks(roots)).toEqual(['Task005_Link', 'Task007_Cropped']);
    expect(await listTasks({ ...roots, rawBase: null })).toEqual(['Task005_Link']);
    expect(await listTasks({ ...roots, preprocessed: null })).toEqual(['Task007_Cropped']);
    expect(await resolveTask(5, { ...roots, results: null })).toBe('Task005_Link');
  });

  it('creates nothing', async () => {
    await expect(resolveTask(4, resolveRoots({ root: folder }))).rejects.toThrow(/--root DIR/);
    expect(readdirSync(folder)).toEqual([]);
  });
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
    await expect(generateDatasetJson(options)).rejects.toMatchObject({ tag: 'missing-file' });
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
