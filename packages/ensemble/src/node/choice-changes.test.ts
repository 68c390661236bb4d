import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashWeights, writeValidationRecord } from '@nnunet/store/internal';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { type Choice, readChoice } from './choice.ts';
import { changesSince, isChoiceCurrent } from './choice-changes.ts';
import { findBestConfiguration } from './find-best-configuration.ts';
import { makeModel, TASK, validate } from './trained-task.fixture.ts';

const FILE = 'model_final_checkpoint.safetensors';
let results: string;
let folders: Record<'2d' | '3d_fullres', string>;
let choice: Choice;

/** Stores other weights in a fold, and the record of a validation with them. */
async function train(folder: string, fold: number, weight: number, validated = true): Promise<void> {
  const file = join(folder, `fold_${fold}`, FILE);
  const tensor = { shape: [1], data: Float32Array.of(weight) };
  await writeFile(file, encodeSafetensors(new Map([['weight.a', tensor]])));
  const record = { model: { file: FILE, sha256: await hashWeights(file) }, args: {} };
  if (validated) await writeValidationRecord(join(folder, `fold_${fold}`, 'validation_raw'), record);
}

beforeEach(async () => {
  results = temporaryFolder();
  folders = {
    '2d': await makeModel({ resultsFolder: results, configuration: '2d', wrong: [0, 20] }),
    '3d_fullres': await makeModel({ resultsFolder: results, configuration: '3d_fullres', wrong: [1] }),
  };
  for (const folder of Object.values(folders)) for (const fold of [0, 1]) await train(folder, fold, fold);
  const models = ['2d', '3d_fullres'];
  await findBestConfiguration({ resultsFolder: results, task: 200, models, folds: [0, 1], workers: 1 });
  const [trainer, cascadeTrainer] = ['nnUNetTrainerV2', 'nnUNetTrainerV2CascadeFullRes'];
  choice = (await readChoice(results, { task: TASK, trainer, cascadeTrainer, plans: 'nnUNetPlansv2.1' }))!;
});

it('names the folds that were validated again, and those whose validation is gone', async () => {
  expect(await changesSince(results, choice)).toEqual([]);
  expect(await isChoiceCurrent(results, choice)).toBe(true);
  await train(folders['2d'], 1, 7);
  await rm(join(folders['3d_fullres'], 'fold_0', 'validation_raw'), { recursive: true });
  expect(await changesSince(results, choice)).toEqual([
    { configuration: '2d', fold: 'fold_1', what: 'validated' },
    { configuration: '3d_fullres', fold: 'fold_0', what: 'gone' },
  ]);
  expect(await isChoiceCurrent(results, choice)).toBe(false);
});

it('names folds with other weights than the validated ones, of configurations whose weights are to be read', async () => {
  for (const folder of Object.values(folders)) await train(folder, 0, 8, false);
  await rm(join(folders['2d'], 'fold_1', FILE));
  expect(await changesSince(results, choice)).toEqual([]);
  expect(await changesSince(results, choice, { weightsOf: ['2d'] })).toEqual([
    { configuration: '2d', fold: 'fold_0', what: 'trained' },
    { configuration: '2d', fold: 'fold_1', what: 'trained' },
  ]);
});

it('names configurations that are validated in all folds, but were not compared', async () => {
  const made = { resultsFolder: results, configuration: '3d_lowres', wrong: [] };
  const lowres = await makeModel(made);
  const wanted = ['2d', '3d_fullres', '3d_lowres'];
  await train(lowres, 0, 1);
  expect(await changesSince(results, choice, { wanted })).toEqual([]);
  await validate(lowres, 1, made);
  await train(lowres, 1, 1);
  expect(await changesSince(results, choice, { wanted })).toEqual([
    { configuration: '3d_lowres', fold: null, what: 'uncompared' },
  ]);
  expect(await changesSince(results, choice)).toEqual([]);
});

it('names configurations that are to be scored by other regions', async () => {
  const regions = [{ name: 'whole', values: [1, 2] }];
  const plans = { ...tinyPlans([8, 8]), regions, regions_class_order: [1] };
  await writeFile(join(folders['2d'], 'plans.json'), JSON.stringify(plans));
  expect(await changesSince(results, choice)).toEqual([{ configuration: '2d', fold: null, what: 'regions' }]);
});
