import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { findCheckpoints } from './find-checkpoints.ts';

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
      what: 'there is no model_final_checkpoint of fold_1',
    });
  },
);

it('says what to do with an archive, or another file, in place of a folder', async () => {
  const folder = await folds({});
  for (const name of ['model.zip', 'model_final_checkpoint.safetensors']) await writeFile(join(folder, name), '');
  const said = (name: string) => findCheckpoints(join(folder, name)).catch((error: Error) => error.message);
  expect(await said('model.zip')).toMatch(/model\.zip: is an archive.*\n.*nnUNet_install_pretrained_model_from_zip/);
  expect(await said('model_final_checkpoint.safetensors')).toMatch(/is a file; .*\n.*fold_0/);
  expect(await said('none')).toMatch(/none: there is no such model/);
  expect(await said('none')).not.toMatch(/beside/);
  await mkdir(join(folder, 'nnUNetTrainerV2__nnUNetPlansv2.1'));
  expect(await said('nnUNetTrainerV3__nnUNetPlansv2.1')).toMatch(
    /no such model\n.*Known are nnUNetTrainerV2__nnUNetPlansv2\.1\./,
  );
});
