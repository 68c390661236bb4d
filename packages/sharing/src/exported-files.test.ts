import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { exportedFiles } from './exported-files.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function put(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
}

it('takes the final checkpoints, what tells of the training, plans and postprocessing', async () => {
  put('fold_0/model_final_checkpoint.safetensors', 'fold_0/model_best.safetensors', 'fold_0/progress.png');
  put('fold_0/debug.json', 'fold_0/network_architecture.pdf', 'fold_0/network_architecture.svg', 'fold_0/notes.txt');
  put('all/model_final_checkpoint.model', 'all/model_final_checkpoint.model.pkl');
  put('plans.json', 'plans.pkl', 'postprocessing.json', 'other.json');
  expect(await exportedFiles(folder, { folds: [0, 'all'], strict: true })).toEqual({
    files: [
      'fold_0/model_final_checkpoint.safetensors',
      'fold_0/debug.json',
      'fold_0/progress.png',
      'fold_0/network_architecture.pdf',
      'fold_0/network_architecture.svg',
      'all/model_final_checkpoint.model',
      'all/model_final_checkpoint.model.pkl',
      'plans.json',
      'plans.pkl',
      'postprocessing.json',
    ],
    checkpoints: ['fold_0/model_final_checkpoint.safetensors', 'all/model_final_checkpoint.model'],
    plans: 'plans.json',
    warning: null,
  });
  rmSync(join(folder, 'plans.json'));
  expect((await exportedFiles(folder, { folds: [0], strict: true })).plans).toBe('plans.pkl');
});

it('names what is missing', async () => {
  put('fold_1/model_final_checkpoint.model', 'fold_2/model_final_checkpoint.safetensors');
  const take = (folds: number[], strict = true) => exportedFiles(folder, { folds, strict });
  await expect(take([1])).rejects.toMatchObject({ tag: 'missing-folds' });
  await expect(take([0, 1, 2])).rejects.toThrow(/no final checkpoint of fold_0, fold_1\n/);
  await expect(take([2])).rejects.toMatchObject({ tag: 'missing-plans', where: join(folder, 'plans.json') });
  put('plans.json');
  const where = join(folder, 'postprocessing.json');
  await expect(take([2])).rejects.toMatchObject({ tag: 'missing-postprocessing', where });
  expect((await take([2], false)).warning).toMatch(
    /postprocessing of this model has not been determined; exported without it/,
  );
});
