import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

recordEachTest();
let root: string;

/** A dataset of v2 that is not planned. */
beforeEach(() => {
  root = temporaryFolder();
  const raw = join(root, 'nnUNet_raw/Dataset007_Test');
  mkdirSync(raw, { recursive: true });
  const labels = { background: 0, a: 1 };
  const description = { channel_names: { 0: 'MRI' }, labels, numTraining: 5, file_ending: '.nii.gz' };
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify(description));
});

it.each([
  ['--mode fast --tiles body', 2, 'nnU-Net v2, which this experiment consists of, do not have --tiles, --mode'],
  ['-tr nnUNetTrainerV2', 1, 'there is no trainer of nnU-Net v2 called nnUNetTrainerV2'],
  ['-ctr Other', 2, 'Leave out -ctr'],
  ['--planner No', 1, 'called No'],
  ['-pl nnUNetResEncUNetMPlans', 2, '(--planner nnUNetPlannerResEncM)'],
])('refuses an experiment on a dataset of v2 before anything runs: %s', async (options, code, message) => {
  await run(`nnUNet_run -t 7 ${options} --root ${root}`);
  expect(said.complained).toContain(message);
  expect(process.exitCode).toBe(code);
  expect(existsSync(join(root, 'nnUNet_results'))).toBe(false);
});
