import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { resolveDataset, resolveDatasetFirst, resolveTask, resolveTaskFirst } from './tasks.ts';

async function rootsWith(names: readonly string[]) {
  const root = temporaryFolder();
  for (const name of names) await mkdir(join(root, 'nnUNet_preprocessed', name), { recursive: true });
  return resolveRoots({ root, env: {} });
}

it('finds a task of either nnU-Net, and of two with the same id that of the command', async () => {
  const roots = await rootsWith(['Task004_A', 'Dataset004_B', 'Task005_C', 'Dataset006_D']);
  expect(await resolveTaskFirst('4', roots)).toBe('Task004_A');
  expect(await resolveDatasetFirst('4', roots)).toBe('Dataset004_B');
  expect(await resolveTaskFirst('6', roots)).toBe('Dataset006_D');
  expect(await resolveDatasetFirst('5', roots)).toBe('Task005_C');
  expect(await resolveTaskFirst('Dataset007_E', roots)).toBe('Dataset007_E');
  expect(await resolveDatasetFirst('Task007_E', roots)).toBe('Task007_E');
  for (const resolve of [resolveTaskFirst, resolveDatasetFirst])
    await expect(resolve('9', roots)).rejects.toMatchObject({ tag: 'unknown-task' });
});

it('names the command for what belongs to the other nnU-Net', async () => {
  const roots = await rootsWith(['Task005_C', 'Dataset006_D']);
  for (const dataset of ['6', 'Dataset006_D'])
    await expect(resolveTask(dataset, roots, 'other -d DATASET')).rejects.toMatchObject({
      tag: 'usage',
      what: expect.stringMatching(/^Dataset006_D is a dataset of nnU-Net v2/),
      remedy: 'Use: other -d Dataset006_D',
    });
  for (const task of ['5', 'Task005_C'])
    await expect(resolveDataset(task, roots, 'other -t TASK')).rejects.toMatchObject({
      tag: 'usage',
      what: expect.stringMatching(/^Task005_C is a task of nnU-Net v1/),
      remedy: 'Use: other -t Task005_C',
    });
  await expect(resolveDataset('9', roots, 'x')).rejects.toMatchObject({ tag: 'unknown-task' });
});
