import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from './load-model.ts';

const models = fileURLToPath(new URL('../../../../../shared/golden/models', import.meta.url));
const v1Folder = join(models, 'v1/nnUNet/2d/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1');
const v2Folder = join(models, 'v2/nnUNetTrainer__nnUNetResEncUNetMPlans__3d_fullres');

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

async function failure(choice: Parameters<typeof loadModel>[1] = {}): Promise<Error & { tag?: string }> {
  return loadModel(folder, choice).then(
    () => new Error('was loaded'),
    (error: Error) => error,
  );
}

// Skipped where the trained models are not beside the repository: they are large.
describe.skipIf(!existsSync(models))('a folder of v1', () => {
  const model = () => join(folder, 'fold_0/model_final_checkpoint.model');
  beforeEach(() => cpSync(v1Folder, folder, { recursive: true }));

  /** Replaces a text of the settings by one of the same length. */
  const rewrite = (from: string, to: string) => {
    expect(to).toHaveLength(from.length);
    const bytes = readFileSync(`${model()}.pkl`);
    const changed = Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
    expect(changed.equals(bytes)).toBe(false);
    writeFileSync(`${model()}.pkl`, changed);
  };

  it('is loaded, whatever it is called', async () => {
    expect(await loadModel(folder)).toMatchObject({
      version: 1,
      description: { trainer: 'nnUNetTrainerV2', configuration: '2d', mirrorAxes: [0, 1] },
      folds: 1,
      rules: { modes: ['normal', 'fast', 'fastest'] },
    });
  });

  it('takes an unknown trainer whose weights fit, and refuses one whose weights do not', async () => {
    rewrite('nnUNetTrainerV2', 'myOwnTrainerAbc');
    expect((await loadModel(folder)).description.trainer).toBe('myOwnTrainerAbc');
    rmSync(folder, { recursive: true });
    cpSync(v1Folder, folder, { recursive: true });
    rewrite('base_num_features', 'base_num_featurez');
    expect(await failure()).toMatchObject({ tag: 'bad-plans' });
  });

  it('names a damaged or missing file', async () => {
    truncateSync(model(), 1000);
    expect(await failure()).toMatchObject({ tag: 'bad-checkpoint', where: model() });
    rmSync(`${model()}.pkl`);
    expect((await failure()).message).toContain('.model.pkl');
    rmSync(model());
    expect(await failure()).toMatchObject({ tag: 'missing-checkpoint' });
    expect(await failure({ folds: ['all'] })).toMatchObject({ tag: 'missing-checkpoint' });
  });

  it('names the file of weights of another network', async () => {
    const other = join(models, 'v1/nnUNet/3d_lowres/Task103_CT/nnUNetTrainerV2__nnUNetPlansv2.1/fold_0');
    cpSync(join(other, 'model_final_checkpoint.model'), model());
    const error = await failure();
    expect(error).toMatchObject({ tag: 'bad-weights', where: model() });
  });
});

describe.skipIf(!existsSync(models))('a folder of v2', () => {
  beforeEach(() => cpSync(v2Folder, folder, { recursive: true }));

  it('is loaded, its checkpoints by their names of v1 too', async () => {
    const model = await loadModel(folder, { checkpoint: 'model_final_checkpoint' });
    expect(model).toMatchObject({
      version: 2,
      description: { trainer: 'nnUNetTrainer', configuration: '3d_fullres', mirrorAxes: [0, 1, 2] },
      channels: 1,
      rules: { modes: ['normal'] },
    });
    const names = ['plans.json', 'dataset.json'];
    // As they are written, with their order.
    expect(Object.entries(model.rules.files)).toEqual(
      names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    );
    renameSync(join(folder, 'fold_0'), join(folder, 'fold_all'));
    expect((await loadModel(folder)).folds).toBe(1);
    expect((await loadModel(folder, { folds: ['all'] })).folds).toBe(1);
  });

  it('refuses weights that do not fit its plans, naming the file', async () => {
    const plans = join(folder, 'plans.json');
    writeFileSync(plans, readFileSync(plans, 'utf8').replace(/(\s)8,(\s+16,)/, '$19,$2'));
    const checkpoint = join(folder, 'fold_0/checkpoint_final.pth');
    expect(await failure()).toMatchObject({ tag: 'bad-weights', where: checkpoint });
    truncateSync(checkpoint, 5000);
    expect(await failure()).toMatchObject({ tag: 'bad-checkpoint', where: checkpoint });
    writeFileSync(plans, '{"configurations": {');
    expect(isNnUNetError(await failure(), 'bad-json')).toBe(true);
  });
});

it('says so if a folder is not a model', async () => {
  mkdirSync(join(folder, 'images'));
  expect(await failure()).toMatchObject({ tag: 'no-folds' });
  expect(await failure({ folds: [0] })).toMatchObject({ tag: 'missing-checkpoint' });
});
