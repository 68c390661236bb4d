import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { ensemblesFolder, modelFolder } from '@nnunet/schema/internal';
import { writeValidationRecord } from '@nnunet/store/internal';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { listener } from './small-task.fixture.ts';
import { requireConfiguration, trainedConfiguration } from './trained-configuration.ts';

const models = { task: 'Task007_Made', trainer: 'T', cascadeTrainer: 'C', plans: 'P' };
let roots: ReturnType<typeof resolveRoots>;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  roots = resolveRoots({ root: temporaryFolder(), env: {} });
  reporter = listener();
});

function trained(configuration: string, trainer = 'T') {
  mkdirSync(modelFolder(roots, { task: models.task, configuration, trainer, plans: 'P' }), { recursive: true });
}

/** Records the validation of a fold of a configuration. */
async function validated(configuration: string, fold: number, sha256: string) {
  const folder = modelFolder(roots, { task: models.task, configuration, trainer: 'T', plans: 'P' });
  const validation = join(folder, `fold_${fold}`, 'validation_raw');
  mkdirSync(validation, { recursive: true });
  await writeValidationRecord(validation, { model: { file: 'model_best.safetensors', sha256 }, args: {} });
}

/** Records the result of a comparison. */
function best(...members: string[]) {
  compared(members, {});
}

function compared(members: string[], validated: Record<string, Record<string, string>>) {
  const folder = ensemblesFolder(roots, models.task);
  mkdirSync(folder, { recursive: true });
  const winner = { name: 'x', members, dice: {}, score: 1, postprocessingFile: null };
  const record = { ...models, folds: [0, 1], candidates: [], best: winner, validated };
  writeFileSync(join(folder, 'best_T__C__P.json'), JSON.stringify(record));
}

const choose = () => trainedConfiguration(roots, models, reporter);

it('takes the only trained configuration, and says so unless it is the usual one', async () => {
  expect(await choose()).toBe('3d_fullres');
  trained('3d_fullres');
  expect(await choose()).toBe('3d_fullres');
  expect(reporter.messages).toEqual([]);
  roots = resolveRoots({ root: temporaryFolder(), env: {} });
  trained('3d_cascade_fullres', 'T');
  trained('2d');
  expect(await choose()).toBe('2d');
  expect(reporter.messages).toEqual(['predicting with 2d, the only trained configuration of Task007_Made']);
});

it('takes the best of several, or the usual one, and says which', async () => {
  trained('2d');
  trained('3d_fullres');
  expect(await choose()).toBe('3d_fullres');
  best('2d', '3d_fullres');
  expect(await choose()).toBe('3d_fullres');
  best('3d_lowres');
  expect(await choose()).toBe('3d_fullres');
  best('2d');
  expect(await choose()).toBe('2d');
  expect(reporter.messages).toEqual([
    'predicting with 3d_fullres; Task007_Made also has 2d',
    expect.stringMatching(/^predicting with 3d_fullres alone\. .* is the ensemble of 2d and 3d_fullres: /),
    'predicting with 3d_fullres; Task007_Made also has 2d',
    'predicting with 2d, the best configuration of Task007_Made',
  ]);
});

it('warns where the comparison is outdated, and says in what and how to compare anew', async () => {
  trained('2d');
  trained('3d_fullres');
  await validated('3d_fullres', 0, 'a');
  await validated('3d_fullres', 1, 'b');
  // Gone with the validation of a copy, which says nothing.
  const before = { '2d': { fold_0: 'c', fold_1: 'd' }, '3d_fullres': { fold_0: 'a', fold_1: 'b' } };
  compared(['2d'], before);
  expect(await choose()).toBe('2d');
  expect(reporter.warnings).toEqual([]);
  await validated('3d_fullres', 0, 'a2');
  await validated('3d_fullres', 1, 'b2');
  await validated('2d', 1, 'd');
  trained('3d_lowres');
  await validated('3d_lowres', 0, 'e');
  await validated('3d_lowres', 1, 'f');
  expect(await choose()).toBe('2d');
  const command = 'nnUNet_find_best_configuration -t Task007_Made -m 2d 3d_fullres 3d_lowres -f 0 1 -tr T -ctr C -pl P';
  expect(reporter.warnings).toEqual([
    '2d may no longer be the best of Task007_Made: since the comparison, fold_0 of 3d_fullres, fold_1 of 3d_fullres were ' +
      'validated again; fold_1 of 2d was trained again and not validated; 3d_lowres was not compared. ' +
      `Compare anew: ${command}`,
  ]);
  compared(['2d', '3d_fullres'], before);
  expect(await choose()).toBe('3d_fullres');
  expect(reporter.warnings[1]).toMatch(/^2d and 3d_fullres may no longer be the best of Task007_Made: /);
  expect(reporter.warnings).toHaveLength(2);
});

it("takes v1's trainers and plans where none are given, and leaves datasets of v2 alone", async () => {
  const usual = { task: models.task, configuration: '2d', trainer: 'nnUNetTrainerV2', plans: 'nnUNetPlansv2.1' };
  mkdirSync(modelFolder(roots, usual), { recursive: true });
  expect(await trainedConfiguration(roots, { task: models.task }, reporter)).toBe('2d');
  expect(await trainedConfiguration(roots, { task: 'Dataset007_Made' }, reporter)).toBeUndefined();
});

it('finds a configuration whose only model has other trainers and plans', async () => {
  trained('2d', 'Own');
  expect(await trainedConfiguration(roots, { task: models.task }, reporter)).toBe('2d');
  expect(await choose()).toBe('3d_fullres');
  trained('2d', 'Other');
  expect(await trainedConfiguration(roots, { task: models.task }, reporter)).toBe('3d_fullres');
});

it('asks where none of several is the usual one', async () => {
  trained('3d_lowres');
  trained('3d_cascade_fullres', 'C');
  await expect(choose()).rejects.toThrow(/several configurations .* are trained: 3d_lowres, 3d_cascade_fullres\n/);
  best('3d_cascade_fullres');
  expect(await choose()).toBe('3d_cascade_fullres');
});

it('refuses a configuration that does not exist, unless a dataset of v2 may have it, given by name or id', async () => {
  mkdirSync(join(roots.results!, 'Dataset008_Own'), { recursive: true });
  trained('2d');
  const check = (task: string, configuration: string) => requireConfiguration(roots, { task, configuration });
  for (const task of ['8', 'Dataset008_Own', 'Dataset009_New']) await check(task, '3d_own');
  await check('Task007_Made', '2d');
  for (const task of ['7', 'Task007_Made', '99'])
    await expect(check(task, '3d_own')).rejects.toMatchObject({ what: 'there is no configuration "3d_own"' });
});
