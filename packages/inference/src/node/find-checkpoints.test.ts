import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { findCheckpoints, V2_LAYOUT } from './find-checkpoints.ts';

async function folds(files: Record<string, string[]>): Promise<string> {
  const model = temporaryFolder();
  for (const [fold, names] of Object.entries(files)) {
    await mkdir(join(model, fold));
    for (const name of names) await writeFile(join(model, fold, name), '');
  }
  return model;
}

const trained = ['model_final_checkpoint.safetensors', 'progress.png'];

it('takes no folder for a fold in which pictures were drawn and nothing was trained', async () => {
  const model = await folds({ fold_0: trained, fold_1: ['lr_finder.png', 'preview_batch_0.png'], fold_2: trained });
  expect(await findCheckpoints(model)).toEqual(
    ['fold_0', 'fold_2'].map((fold) => join(model, fold, 'model_final_checkpoint.safetensors')),
  );
  await expect(findCheckpoints(model, { folds: [1] })).rejects.toMatchObject({ tag: 'missing-checkpoint' });
});

it.each([[['training_log_2026_1_1_00_00_00.txt', 'progress.png']], [['model_latest.safetensors']], [[]]])(
  'does not leave out a fold whose training has not finished: %j',
  async (files) => {
    const model = await folds({ fold_0: trained, fold_1: files });
    await expect(findCheckpoints(model)).rejects.toMatchObject({
      tag: 'missing-checkpoint',
      what: 'fold_1 has no model_final_checkpoint',
    });
  },
);

it('takes the fold of all cases where there is no other', async () => {
  const file = 'model_final_checkpoint.safetensors';
  const model = await folds({ all: trained, fold_1: ['lr_finder.png'] });
  expect(await findCheckpoints(model)).toEqual([join(model, 'all', file)]);
  const v2 = await folds({ fold_all: ['checkpoint_final.pth'] });
  expect(await findCheckpoints(v2, {}, V2_LAYOUT)).toEqual([join(v2, 'fold_all', 'checkpoint_final.pth')]);
  await expect(findCheckpoints(await folds({ other: trained }))).rejects.toMatchObject({ tag: 'no-folds' });
});

it('averages no fold twice, and no copy of a fold or folder of another name', async () => {
  const at = (model: string, ending: string) => [join(model, 'fold_0', `model_final_checkpoint${ending}`)];
  const names = ['fold_0', 'fold_0 (copy)', 'fold_0_old', 'folds', 'fold_0.bak'];
  const model = await folds(Object.fromEntries(names.map((name) => [name, trained])));
  expect(await findCheckpoints(model)).toEqual(at(model, '.safetensors'));
  expect(await findCheckpoints(model, { folds: [0, 0] })).toEqual(at(model, '.safetensors'));
  const v2 = await folds(Object.fromEntries(names.map((name) => [name, ['checkpoint_final.pth']])));
  expect(await findCheckpoints(v2, {}, V2_LAYOUT)).toEqual([join(v2, 'fold_0', 'checkpoint_final.pth')]);
});

it('says what to do with an archive, or another file, in place of a folder', async () => {
  const folder = await folds({});
  for (const name of ['model.zip', 'model_final_checkpoint.safetensors']) await writeFile(join(folder, name), '');
  const said = (name: string) => findCheckpoints(join(folder, name)).catch((error: Error) => error.message);
  expect(await said('model.zip')).toMatch(/model\.zip: is an archive.*\n.*nnUNet_install_pretrained_model_from_zip/);
  expect(await said('model_final_checkpoint.safetensors')).toMatch(/is a file, .*\n.*fold_0/);
  expect(await said('none')).toMatch(/none: this model does not exist/);
  expect(await said('none')).not.toMatch(/beside/);
  await mkdir(join(folder, 'nnUNetTrainerV2__nnUNetPlansv2.1'));
  expect(await said('nnUNetTrainerV3__nnUNetPlansv2.1')).toMatch(
    /does not exist\n.*Available: nnUNetTrainerV2__nnUNetPlansv2\.1\./,
  );
});

it('prefers checkpoints of this program to those of v1, and takes the folds and names that are asked for', async () => {
  const model = await folds({
    fold_0: ['model_final_checkpoint.model', 'model_final_checkpoint.safetensors', 'model_best.model'],
    fold_10: ['model_final_checkpoint.model'],
    fold_2: ['model_final_checkpoint.model', 'a.png'],
    all: ['model_final_checkpoint.safetensors'],
    other: ['model_final_checkpoint.safetensors'],
  });
  await writeFile(join(model, 'fold_file'), '');
  const at = (...paths: string[]) => paths.map((path) => join(model, path));
  expect(await findCheckpoints(model)).toEqual(
    at(
      'fold_0/model_final_checkpoint.safetensors',
      'fold_10/model_final_checkpoint.model',
      'fold_2/model_final_checkpoint.model',
    ),
  );
  expect(await findCheckpoints(model, { folds: ['all', 2] })).toEqual(
    at('all/model_final_checkpoint.safetensors', 'fold_2/model_final_checkpoint.model'),
  );
  expect(await findCheckpoints(model, { folds: [0], checkpoint: 'model_best' })).toEqual(at('fold_0/model_best.model'));
  await expect(findCheckpoints(model, { folds: [1] })).rejects.toMatchObject({
    where: join(model, 'fold_1/model_final_checkpoint.safetensors'),
  });
  await expect(findCheckpoints(model, { folds: [] })).rejects.toMatchObject({ tag: 'no-folds' });
});

it("finds v2's checkpoints by its names or by those of v1", async () => {
  const names = ['checkpoint_final.pth', 'checkpoint_best.pth', 'checkpoint_latest.pth', 'mine.pth'];
  const model = await folds({ fold_0: names, fold_all: names });
  const found = async (checkpoint?: string) => (await findCheckpoints(model, { checkpoint }, V2_LAYOUT)).map((path) => path.slice(model.length + 1)); // biome-ignore format: a row
  expect(await found()).toEqual(['fold_0/checkpoint_final.pth']);
  expect(await found('model_best')).toEqual(['fold_0/checkpoint_best.pth']);
  expect(await found('model_latest')).toEqual(['fold_0/checkpoint_latest.pth']);
  expect(await found('mine.pth')).toEqual(['fold_0/mine.pth']);
  expect(await findCheckpoints(model, { folds: ['all'] }, V2_LAYOUT)).toEqual([
    join(model, 'fold_all/checkpoint_final.pth'),
  ]);
  await expect(findCheckpoints(model, { folds: [1] }, V2_LAYOUT)).rejects.toThrow(
    /fold_1 has no checkpoint_final.*\(checkpoint_best, checkpoint_latest\)/s,
  );
});
