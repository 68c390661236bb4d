import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
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
