import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExperimentFolder } from '@nnunet/experiment';
import { resolveRoots } from '@nnunet/schema';
import { withLock } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

recordEachTest();

it('cannot stop the process of another user, and says whose it is to stop', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const task = 'Task501_Liver';
  const raw = join(roots.rawBase!, 'nnUNet_raw_data', task);
  const training = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
    image: `./imagesTr/${id}.nii.gz`,
    label: `./labelsTr/${id}.nii.gz`,
  }));
  mkdirSync(raw, { recursive: true });
  writeFileSync(
    join(raw, 'dataset.json'),
    JSON.stringify({ modality: { 0: 'CT' }, labels: { 0: 'background', 1: 'liver' }, training }),
  );
  const folder = new ExperimentFolder(roots, { task, name: 'mine' });
  await folder.create();
  const models = { trainer: 'nnUNetTrainerV2', cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes', plansIdentifier: 'P' };
  const usual = { configurations: ['2d'], folds: null, prediction: null, arguments: {}, sbatch: {} };
  writeFileSync(folder.settingsFile, JSON.stringify({ task, name: 'mine', ...models, ...usual }));
  const kill = vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
    if (signal === 'SIGTERM') throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    return true;
  });
  await withLock(folder.lockFile, { purpose: 'this experiment' }, () =>
    run(`nnUNet_run -t 501 --name mine --cancel --root ${root}`),
  );
  expect(kill).toHaveBeenCalledWith(process.pid, 'SIGTERM');
  expect(process.exitCode).toBe(1);
  expect(said.complained).toMatch(
    /run\.lock: this experiment is run by another user \(process \d+\)[\s\S]*Ask that user/,
  );
  await run(`nnUNet_run -t 501 --name mine --cancel --root ${root}`);
  expect(said.printed).toBe('nothing of this experiment is running\n');
});
