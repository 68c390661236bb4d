import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import {
  croppedFolder,
  datasetModelsFolder,
  modelFolder,
  preprocessedFolder,
  rawFolder,
} from '@nnunet/schema/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { listTasks, resolveAnyTask, resolveDataset, resolveTask, resolveTrainedTask } from './tasks.ts';

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

  it('names the place and what to do where there are no tasks, and creates nothing', async () => {
    const roots = resolveRoots({ root: folder });
    const remedy = expect.stringMatching(/^There are no tasks yet; check that `root` or .* are right\.$/);
    const what = `there is no task with id 4: no folder Task004_… or Dataset004_… was found below ${folder}`;
    await expect(resolveTask(4, roots)).rejects.toMatchObject({ what, remedy });
    await expect(resolveTask('abc', roots)).rejects.toMatchObject({ tag: 'usage', remedy });
    const elsewhere = { ...roots, results: '/r' };
    await expect(resolveTask(4, elsewhere)).rejects.toThrow(
      `below ${folder}/nnUNet_raw_data_base, ${folder}/nnUNet_raw, ${folder}/nnUNet_preprocessed, /r\n`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the variables where no folder is set', async () => {
    const none = { rawBase: null, preprocessed: null, results: null };
    for (const task of [4, 'abc'])
      await expect(resolveTask(task, none)).rejects.toMatchObject({
        tag: 'usage',
        what: expect.stringMatching(
          /^nnUNet_raw_data_base, nnUNet_preprocessed and RESULTS_FOLDER are not set .*nnUNet_raw /,
        ),
        remedy: expect.stringContaining('`root`'),
      });
  });
});

describe('resolveTrainedTask', () => {
  it('also finds datasets of nnU-Net v2 that have models, which are no tasks otherwise', async () => {
    const roots = resolveRoots({ root: folder });
    mkdirSync(preprocessedFolder(roots, 'Task003_Made'), { recursive: true });
    for (const name of ['Dataset004_Made', 'Dataset03', 'Dataset041_Made'])
      mkdirSync(datasetModelsFolder(roots, name), { recursive: true });
    mkdirSync(preprocessedFolder(roots, 'Dataset005_Raw'));
    expect(await resolveTrainedTask('4', roots)).toBe('Dataset004_Made');
    expect(await resolveTrainedTask('41', roots)).toBe('Dataset041_Made');
    expect(await resolveTrainedTask('3', roots)).toBe('Task003_Made');
    for (const name of ['Dataset009_Other', 'Task009_Other']) expect(await resolveTrainedTask(name, roots)).toBe(name);
    const unknown = { tag: 'unknown-task', remedy: expect.stringContaining('Dataset004_Made') };
    await expect(resolveTrainedTask('5', roots)).rejects.toMatchObject(unknown);
    for (const task of ['4', 'Dataset004_Made'])
      await expect(resolveTask(task, roots)).rejects.toMatchObject({
        tag: 'usage',
        what: 'Dataset004_Made is a dataset of nnU-Net v2, and this command works on tasks of v1 (TaskNNN_NAME)',
      });
    expect(await listTasks(roots)).toEqual(['Task003_Made']);
    mkdirSync(preprocessedFolder(roots, 'Task004_Other'));
    await expect(resolveTrainedTask('4', roots)).rejects.toMatchObject({
      tag: 'ambiguous-task',
      what: 'more than one task has the id 4: Dataset004_Made, Task004_Other',
      remedy: expect.stringContaining('Give the name instead of the id'),
    });
  });
});

it('finds datasets of nnU-Net v2 in each root, alone or together with tasks', async () => {
  const roots = resolveRoots({ root: folder });
  mkdirSync(rawFolder(roots, 'Dataset001_Raw'), { recursive: true });
  mkdirSync(preprocessedFolder(roots, 'Dataset002_Prepared'), { recursive: true });
  mkdirSync(datasetModelsFolder(roots, 'Dataset003_Trained'), { recursive: true });
  for (const name of ['Task001_Old', 'Task005_Old']) mkdirSync(rawFolder(roots, name), { recursive: true });
  for (const [id, name] of [[1, 'Dataset001_Raw'], ['002', 'Dataset002_Prepared'], [3, 'Dataset003_Trained']] as const) // biome-ignore format: a table
    expect(await resolveDataset(id, roots)).toBe(name);
  expect(await resolveDataset('Dataset009_New', roots)).toBe('Dataset009_New');
  await expect(resolveDataset(8, roots)).rejects.toMatchObject({ tag: 'unknown-task' });
  await expect(resolveDataset(5, roots)).rejects.toMatchObject({ tag: 'usage' });
  await expect(resolveDataset('Task005_Old', roots)).rejects.toMatchObject({ tag: 'usage' });
  for (const [id, name] of [['2', 'Dataset002_Prepared'], [5, 'Task005_Old'], ['Task1_X', 'Task1_X']] as const) // biome-ignore format: a table
    expect(await resolveAnyTask(id, roots)).toBe(name);
  await expect(resolveAnyTask(1, roots)).rejects.toMatchObject({ tag: 'ambiguous-task' });
  // With v1's folder alone, datasets are next to the tasks.
  const { rawBase } = roots;
  mkdirSync(join(rawBase!, 'nnUNet_raw_data/Dataset006_Beside'));
  expect(await resolveDataset(6, { rawBase, preprocessed: null, results: null })).toBe('Dataset006_Beside');
});
