import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { tinyFold, writeTinyTask } from './tiny-task.fixture.ts';
import { train } from './train.ts';

it('stops a training that another process took over, and leaves its checkpoints alone', async () => {
  const root = temporaryFolder();
  await writeTinyTask(join(root, 'preprocessed'), [0]);
  const fold = join(root, 'model', 'fold_0');
  const lock = join(fold, 'training.lock');
  const latest = join(fold, 'model_latest.safetensors');
  let theirs = '';
  const training = train({
    ...tinyFold(root),
    plans: tinyPlans([8, 8]),
    configuration: '2d',
    trainer: 'nnUNetTrainerV2',
    settings: { epochs: 2, iterationsPerEpoch: 3 },
    workers: 0,
    onEpoch: () => {
      if (theirs !== '') return;
      // As after a long suspension: another host has taken the fold over and has written a checkpoint.
      const owner = JSON.parse(readFileSync(lock, 'utf8'));
      theirs = JSON.stringify({ ...owner, host: 'gpu-node07', lock: 'theirs' });
      writeFileSync(lock, theirs);
      writeFileSync(latest, 'theirs');
    },
  });
  await expect(training).rejects.toMatchObject({ tag: 'lock-lost' });
  expect(readFileSync(latest, 'utf8')).toBe('theirs');
  expect(readFileSync(lock, 'utf8')).toBe(theirs);
});
