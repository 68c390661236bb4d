import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { trainedModelFolder } from './trained-model.ts';

it('returns the folder of a model, or names similar models, or else similar trainers', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root });
  const configuration = '2d';
  const of = (task: string, trainer: string) =>
    trainedModelFolder(roots, { configuration, task, trainer, plans: 'nnUNetPlansv2.1' });
  const folder = join(root, 'nnUNet_results/nnUNet/2d/Task007_Made/nnUNetTrainerV2__nnUNetPlansv2.1');
  mkdirSync(folder, { recursive: true });
  expect(await of('Task007_Made', 'nnUNetTrainerV2')).toBe(folder);
  const missing = (remedy: string) =>
    expect.objectContaining({ tag: 'missing-folder', remedy: expect.stringContaining(remedy) });
  const models = 'Available: nnUNetTrainerV2__nnUNetPlansv2.1. Check `task`';
  await expect(of('Task007_Made', 'nnUNetTrainrV2')).rejects.toEqual(missing(models));
  await expect(of('Task008_None', 'nnUNetTrainrV2')).rejects.toEqual(missing('Did you mean nnUNetTrainerV2'));
  await expect(of('Task008_None', 'nnUNetTrainerV2')).rejects.toMatchObject({
    where: folder.replace('Task007_Made', 'Task008_None'),
    remedy: expect.stringMatching(/^Check `task`/),
  });
});

it('takes the usual configuration, trainer and plans where none are given', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root });
  const task = 'Task007_Made';
  const names = [
    '3d_fullres/Task007_Made/nnUNetTrainerV2',
    '3d_cascade_fullres/Task007_Made/nnUNetTrainerV2CascadeFullRes',
  ];
  const [usual, cascade] = names.map((name) => join(root, 'nnUNet_results/nnUNet', `${name}__nnUNetPlansv2.1`));
  for (const folder of [usual!, cascade!]) mkdirSync(folder, { recursive: true });
  expect(await trainedModelFolder(roots, { task })).toBe(usual);
  expect(await trainedModelFolder(roots, { task, configuration: '3d_cascade_fullres' })).toBe(cascade);
  await expect(trainedModelFolder(roots, { task, configuration: '3d' })).rejects.toMatchObject({ tag: 'usage' });
});

it('takes the only model that fits where the usual one does not exist', async () => {
  const roots = resolveRoots({ root: temporaryFolder() });
  const task = 'Task007_Made';
  const install = (name: string) =>
    mkdirSync(join(roots.results!, 'nnUNet/3d_fullres', task, name), { recursive: true });
  const chosen = async (choice: object = {}) => basename(await trainedModelFolder(roots, { task, ...choice }));
  install('nnUNetTrainerV2__small');
  expect(await chosen()).toBe('nnUNetTrainerV2__small');
  expect(await chosen({ plans: 'small' })).toBe('nnUNetTrainerV2__small');
  for (const other of [{ plans: 'nnUNetPlansv2.1' }, { trainer: 'Mine' }, { configuration: '2d' }])
    await expect(chosen(other)).rejects.toMatchObject({ tag: 'missing-folder' });
  install('Mine__small');
  expect(await chosen({ trainer: 'Mine' })).toBe('Mine__small');
  await expect(chosen()).rejects.toThrow('Available: Mine__small, nnUNetTrainerV2__small');
  install('nnUNetTrainerV2__nnUNetPlansv2.1');
  expect(await chosen()).toBe('nnUNetTrainerV2__nnUNetPlansv2.1');
});

describe('models of nnU-Net v2', () => {
  const task = 'Dataset007_Made';
  const roots = resolveRoots({ root: temporaryFolder() });
  const folderOf = (name: string) => join(roots.results!, task, name);
  const install = (name: string) => mkdirSync(folderOf(name), { recursive: true });
  const chosen = async (choice: object = {}) => basename(await trainedModelFolder(roots, { task, ...choice }));

  it('are found by as little as distinguishes them', async () => {
    const missing = { tag: 'missing-folder', what: 'no model of this dataset is installed', where: folderOf('') };
    await expect(chosen()).rejects.toMatchObject({ ...missing, where: join(roots.results!, task) });
    for (const name of ['ensembles', 'a__b', 'nnUNetTrainer_2000epochs_NoMirroring__nnUNetPlans__2d']) install(name);
    expect(await chosen()).toBe('nnUNetTrainer_2000epochs_NoMirroring__nnUNetPlans__2d');
    install('nnUNetTrainer_2000epochs_NoMirroring__nnUNetPlans__3d_fullres');
    expect(await chosen()).toBe('nnUNetTrainer_2000epochs_NoMirroring__nnUNetPlans__3d_fullres');
    expect(await chosen({ configuration: '2d' })).toBe('nnUNetTrainer_2000epochs_NoMirroring__nnUNetPlans__2d');
    install('nnUNetTrainer__nnUNetPlans__3d_fullres');
    install('nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres');
    expect(await chosen()).toBe('nnUNetTrainer__nnUNetPlans__3d_fullres');
    expect(await chosen({ plans: 'nnUNetResEncUNetMPlans' })).toBe('nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres');
    expect(await chosen({ trainer: 'nnUNetTrainer_2000epochs_NoMirroring', configuration: '2d' })).toMatch(/__2d$/);
  });

  it('are listed where several fit, or none', async () => {
    for (const trainer of ['A', 'B']) install(`${trainer}__Mine__3d_lowres`);
    const several = 'several models of Dataset007_Made fit: A__Mine__3d_lowres, B__Mine__3d_lowres';
    await expect(chosen({ plans: 'Mine' })).rejects.toMatchObject({ tag: 'usage', what: several });
    await expect(chosen({ configuration: '3d_fulres' })).rejects.toMatchObject({
      tag: 'missing-folder',
      where: folderOf('nnUNetTrainer__nnUNetPlans__3d_fulres'),
      remedy: expect.stringMatching(/^Did you mean nnUNetTrainer__nnUNetPlans__3d_fullres or /),
    });
  });
});
