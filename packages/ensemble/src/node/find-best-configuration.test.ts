import { existsSync } from 'node:fs';
import { cp, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSummary } from '@nnunet/metrics/node';
import { acquireLock } from '@nnunet/store';
import { hashWeights, writeValidationRecord } from '@nnunet/store/internal';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { readChoice } from './choice.ts';
import { isChoiceCurrent } from './choice-changes.ts';
import { findBestConfiguration } from './find-best-configuration.ts';
import type { FindBestOptions } from './find-best-options.ts';
import { forgetSoftmax, makeModel, TASK, validate } from './trained-task.fixture.ts';

let results: string;
let options: FindBestOptions;
const suffix = 'nnUNetTrainerV2__nnUNetPlansv2.1';

beforeEach(async () => {
  results = temporaryFolder();
  options = { resultsFolder: results, task: 200, models: ['2d', '3d_fullres'], folds: [0, 1], workers: 1 };
});

const flat = () => makeModel({ resultsFolder: results, configuration: '2d', wrong: [0, 20] });
const full = () => makeModel({ resultsFolder: results, configuration: '3d_fullres', wrong: [1] });
const inEnsembles = (...names: string[]) => join(results, 'nnUNet', 'ensembles', TASK, ...names);

it('chooses among configurations and their ensemble', async () => {
  await flat();
  await full();
  const { best, candidates, commands } = await findBestConfiguration(options);
  expect(candidates.map(({ name, score }) => [name.slice(0, 10), score < 1])).toEqual([
    ['2d', true],
    ['3d_fullres', true],
    ['ensemble_2', false],
  ]);
  expect(best).toEqual([candidates[2]]);
  expect(commands.at(-1)).toContain(` -pp ${inEnsembles(candidates[2]!.name, 'postprocessing.json')}`);
  const { mean } = JSON.parse(
    await readFile(inEnsembles(candidates[2]!.name, 'ensembled_raw', 'summary.json'), 'utf8'),
  ).results;
  expect(mean.mean.Dice).toBe(1);
});

it('compares by the regions that the task asks for, and scores again what was compared by labels', async () => {
  // Two wrong voxels of label 1, or one of label 2.
  const flat = await makeModel({ resultsFolder: results, configuration: '2d', wrong: [0, 1] });
  const full = await makeModel({ resultsFolder: results, configuration: '3d_fullres', wrong: [20] });
  const by = async () => {
    const { candidates, tableFile } = await findBestConfiguration(options);
    const [header] = (await readFile(tableFile, 'utf8')).split('\n');
    return {
      header,
      names: candidates.map(({ name }) => name),
      keys: candidates.map(({ dice }) => Object.keys(dice)),
      scores: candidates.map((one) => one.score),
    };
  };
  const compared = { task: TASK, trainer: 'nnUNetTrainerV2', cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes', plans: 'nnUNetPlansv2.1' }; // biome-ignore format: a row
  const current = async () => isChoiceCurrent(results, (await readChoice(results, compared))!);
  const labels = await by();
  expect(await current()).toBe(true);
  expect(labels.header).toBe('model,class1,class2,average');
  expect(labels.keys).toEqual(Array(3).fill(['1', '2']));
  expect(labels.scores[0]).toBeLessThan(labels.scores[1]!);
  const regions = [
    { name: 'whole', values: [1, 2] },
    { name: 'part', values: [2] },
  ];
  for (const model of [flat, full]) {
    const plans = { ...tinyPlans([8, 8]), regions, regions_class_order: [1, 2] };
    await writeFile(join(model, 'plans.json'), JSON.stringify(plans));
  }
  expect(await current()).toBe(false);
  const own = await by();
  expect(await current()).toBe(true);
  expect(own.header).toBe('model,whole,part,average');
  expect(own.keys).toEqual(Array(3).fill(['whole', 'part']));
  // Cases of 4 and 5 voxels of label 1, and 4 of label 2.
  expect(own.scores[0]).toBeCloseTo(((12 / 14 + 14 / 16) / 2 + 1) / 2, 12);
  expect(own.scores[1]).toBeCloseTo(((14 / 15 + 16 / 17) / 2 + 6 / 7) / 2, 12);
  expect(own.scores[0]).toBeGreaterThan(own.scores[1]!);
  const decision = JSON.parse(await readFile(join(flat, 'postprocessing.json'), 'utf8'));
  expect(Object.keys(decision.dc_per_class_raw)).toEqual(['whole', 'part']);
  const judged = [
    join(flat, 'cv_niftis_postprocessed'),
    ...['ensembled_raw', 'ensembled_postprocessed'].map((name) => inEnsembles(own.names[2]!, name)),
  ];
  for (const folder of judged) {
    const { results } = await readSummary(join(folder, 'summary.json'));
    expect(results.regions!.map(({ name, all }) => [name, all.length])).toEqual([['whole', 2], ['part', 2]]); // biome-ignore format: a row
  }
  const made = () => Promise.all([flat, full].map((model) => stat(join(model, 'cv_niftis_raw/summary.json'))));
  const before = await made();
  expect(await by()).toEqual(own);
  expect((await made()).map(({ mtimeMs }) => mtimeMs)).toEqual(before.map(({ mtimeMs }) => mtimeMs));
});

it('leaves its choice to programs, with what it was made from, in a place that may move', async () => {
  await flat();
  const fold = join(await full(), 'fold_1', 'validation_raw');
  await writeValidationRecord(fold, { model: null, args: {} });
  const models = {
    task: TASK,
    trainer: 'nnUNetTrainerV2',
    cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
    plans: 'nnUNetPlansv2.1',
  };
  expect(await readChoice(results, models)).toBeNull();
  const { best } = await findBestConfiguration(options);
  const choice = (await readChoice(results, models))!;
  expect(await isChoiceCurrent(results, choice)).toBe(true);
  await writeValidationRecord(fold, { model: { file: 'model_final_checkpoint.safetensors', sha256: 'a' }, args: {} });
  expect(await isChoiceCurrent(results, choice)).toBe(false);
  await writeValidationRecord(fold, { model: null, args: {} });
  const moved = `${results}_moved`;
  await rename(results, moved);
  const name = best[0]!.name;
  expect(await readChoice(moved, models)).toMatchObject({
    ...models,
    folds: [0, 1],
    best: {
      members: ['2d', '3d_fullres'],
      score: 1,
      postprocessingFile: join(moved, 'nnUNet', 'ensembles', TASK, name, 'postprocessing.json'),
    },
    candidates: [{ members: ['2d'] }, { members: ['3d_fullres'] }, { name }],
    validated: { '2d': { fold_0: null, fold_1: null }, '3d_fullres': { fold_0: null, fold_1: null } },
  });
  expect(await readChoice(moved, { ...models, trainer: 'Mine' })).toBeNull();
  await findBestConfiguration({ ...options, resultsFolder: moved, models: ['2d'] });
  expect((await readChoice(moved, models))!.best).toMatchObject({ members: ['2d'], postprocessingFile: null });
  const file = join(
    moved,
    'nnUNet',
    'ensembles',
    TASK,
    `best_${models.trainer}__${models.cascadeTrainer}__${models.plans}.json`,
  );
  await writeFile(file, '{}');
  await expect(readChoice(moved, models)).rejects.toMatchObject({ tag: 'bad-choice', where: file });
});

it('takes a choice for outdated where a fold was validated again during the comparison', async () => {
  await flat();
  const fold = join(await full(), 'fold_1', 'validation_raw');
  let again: Promise<void> | undefined;
  const onProgress = ({ candidate }: { candidate: string }) => {
    if (!candidate.startsWith('ensemble')) return;
    again ??= writeValidationRecord(fold, {
      model: { file: 'model_final_checkpoint.safetensors', sha256: 'b' },
      args: {},
    });
  };
  const { candidates } = await findBestConfiguration({ ...options, onProgress });
  await again!;
  const [trainer, cascadeTrainer] = ['nnUNetTrainerV2', 'nnUNetTrainerV2CascadeFullRes'];
  const choice = (await readChoice(results, { task: TASK, trainer, cascadeTrainer, plans: 'nnUNetPlansv2.1' }))!;
  expect(choice.candidates).toHaveLength(candidates.length);
  expect(await isChoiceCurrent(results, choice)).toBe(false);
});

it('lists all that are equally good, with the trainer of the cascade', async () => {
  await full();
  await makeModel({ resultsFolder: results, configuration: '3d_cascade_fullres', trainer: 'Mine', wrong: [1] });
  const { best, commands } = await findBestConfiguration({
    ...options,
    models: ['3d_fullres', '3d_cascade_fullres'],
    trainers: { cascade: 'Mine' },
    disablePostprocessing: true,
  });
  expect(best.map(({ name }) => name)).toEqual([
    '3d_fullres',
    '3d_cascade_fullres',
    `ensemble_3d_fullres__${suffix}--3d_cascade_fullres__Mine__nnUNetPlansv2.1`,
  ]);
  expect(commands.length).toBe(5);
  expect(commands[1]).toContain(
    '-tr nnUNetTrainerV2 -ctr Mine -m 3d_cascade_fullres -p nnUNetPlansv2.1 -t Task200_Made',
  );
  expect(commands[4]).not.toContain('-pp');
  expect(existsSync(inEnsembles(best[2]!.name, 'ensembled_postprocessed'))).toBe(false);
});

it('compares configurations alone when told so', async () => {
  await flat();
  await full();
  const { candidates, best } = await findBestConfiguration({ ...options, disableEnsembling: true });
  expect(candidates.length).toBe(2);
  expect(best[0]!.name).toBe('3d_fullres');
});

it('refuses a missing configuration, or leaves it out with a warning', async () => {
  await flat();
  await expect(findBestConfiguration(options)).rejects.toMatchObject({ tag: 'missing-model' });
  const warnings: string[] = [];
  const { best, skipped } = await findBestConfiguration({
    ...options,
    strict: false,
    onWarning: (text) => warnings.push(text),
  });
  expect(best[0]!.name).toBe('2d');
  expect(skipped.map(({ configuration }) => configuration)).toEqual(['3d_fullres']);
  expect(warnings).toEqual([expect.stringMatching(/^3d_fullres is skipped: .*not trained/)]);
});

it('wants a decision on postprocessing where it may not make one', async () => {
  const folder = await flat();
  const strict = { ...options, models: ['2d'], allowMissingPostprocessing: false };
  const where = join(folder, 'postprocessing.json');
  await expect(findBestConfiguration(strict)).rejects.toMatchObject({ tag: 'missing-postprocessing', where });
  await findBestConfiguration({ ...options, models: ['2d'] });
  expect(existsSync(join(folder, 'postprocessing.json'))).toBe(true);
  expect((await findBestConfiguration(strict)).best[0]!.name).toBe('2d');
});

it('works on missing probabilities, or says how to make them', async () => {
  await flat();
  const folder = await full();
  await forgetSoftmax(folder, 1);
  const without = findBestConfiguration(options);
  await expect(without).rejects.toMatchObject({ tag: 'missing-softmax' });
  await expect(without).rejects.toThrow(/case_1[\s\S]*`saveSoftmax`/);
  const asked: unknown[] = [];
  await findBestConfiguration({
    ...options,
    predictMissingSoftmax: async (missing) => {
      asked.push(missing);
      await validate(missing.modelFolder, 1, { resultsFolder: results, configuration: '3d_fullres', wrong: [1] });
    },
  });
  expect(asked).toEqual([
    {
      modelFolder: folder,
      fold: 1,
      validationFolder: 'validation_raw',
      cases: ['case_1'],
      configuration: '3d_fullres',
      trainer: 'nnUNetTrainerV2',
      plans: 'nnUNetPlansv2.1',
      task: TASK,
    },
  ]);
  // They were made before anything was scored, so that nothing is old.
  const steps: string[] = [];
  await findBestConfiguration({ ...options, onProgress: ({ candidate, step }) => steps.push(`${candidate} ${step}`) });
  expect(steps).toEqual([]);
});

it('makes no probabilities where a configuration is missing, or one is compared alone', async () => {
  const folder = await flat();
  await forgetSoftmax(folder, 0);
  const predictMissingSoftmax = async () => expect.fail('probabilities were made');
  const missing = findBestConfiguration({ ...options, predictMissingSoftmax });
  await expect(missing).rejects.toMatchObject({ tag: 'missing-model' });
  const alone = { ...options, models: ['2d'], predictMissingSoftmax };
  expect((await findBestConfiguration(alone)).best[0]!.name).toBe('2d');
});

it('does old steps again after a fold was predicted anew', async () => {
  const folder = await flat();
  await full();
  const first = await findBestConfiguration(options);
  const better = { resultsFolder: results, configuration: '2d', wrong: [] };
  await validate(folder, 0, better);
  const later = new Date(Date.now() + 5000);
  for (const ending of ['npz', 'nii.gz']) {
    await utimes(join(folder, 'fold_0', 'validation_raw', `case_0.${ending}`), later, later);
  }
  const second = await findBestConfiguration(options);
  expect(second.candidates[0]!.score).toBeGreaterThan(first.candidates[0]!.score);
});

it('refuses the validation of a model that is no longer there, before anything is scored', async () => {
  const folder = await flat();
  const fold = join(folder, 'fold_1');
  const file = 'model_final_checkpoint.safetensors';
  const train = (weight: number) =>
    writeFile(
      join(fold, file),
      encodeSafetensors(new Map([['weight.a', { data: Float32Array.of(weight), shape: [1] }]])),
    );
  await train(1);
  const model = { file, sha256: await hashWeights(join(fold, file)) };
  await writeValidationRecord(join(fold, 'validation_raw'), { model, args: {} });
  const alone = { ...options, models: ['2d'] };
  await findBestConfiguration(alone);
  await train(2);
  await expect(findBestConfiguration(alone)).rejects.toMatchObject({ tag: 'stale-validation' });
  await rm(join(fold, file));
  await expect(findBestConfiguration(alone)).rejects.toThrow(/fold_1.*no longer exists[\s\S]*`continueTraining`/);
  await train(1);
  await findBestConfiguration(alone);
  await full();
  await findBestConfiguration(options);
  await train(3);
  await expect(findBestConfiguration(options)).rejects.toMatchObject({ tag: 'stale-validation' });
});

it('says that labels were corrected since, and scores models and ensembles against them when asked', async () => {
  const folder = await flat();
  await full();
  const first = await findBestConfiguration(options);
  const current = join(results, 'gt_segmentations');
  await cp(join(folder, 'gt_niftis'), current, { recursive: true });
  const warnings: string[] = [];
  const today = { ...options, currentReferences: current, onWarning: (text: string) => warnings.push(text) };
  await findBestConfiguration(today);
  expect(warnings).toEqual([]);
  // What 2d predicted for case 0 is right: its labels were at fault.
  await cp(join(folder, 'fold_0', 'validation_raw', 'case_0.nii.gz'), join(current, 'case_0.nii.gz'));
  const still = await findBestConfiguration(today);
  expect(still.candidates.map(({ score }) => score)).toEqual(first.candidates.map(({ score }) => score));
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toMatch(/labels of 1 case have changed .*case_0.*`rescore`/);
  const scored = await findBestConfiguration({ ...today, rescore: true });
  const [d2, d3, both] = scored.candidates.map(({ score }, i) => score - first.candidates[i]!.score);
  expect(d2).toBeGreaterThan(0);
  expect(d3).toBeLessThan(0);
  expect(both).toBeLessThan(0);
  warnings.length = 0;
  const again = await findBestConfiguration(today);
  expect(warnings).toEqual([]);
  expect(again.candidates).toEqual(scored.candidates);
});

it('scores anew after references were replaced, also without a record of what was scored', async () => {
  const folder = await flat();
  const alone = { ...options, models: ['2d'] };
  const first = await findBestConfiguration(alone);
  await rm(join(folder, 'cv_niftis_raw', 'made-from.json'));
  // What 2d predicted for case 0 is right.
  const reference = join(folder, 'gt_niftis', 'case_0.nii.gz');
  await cp(join(folder, 'fold_0', 'validation_raw', 'case_0.nii.gz'), reference);
  const later = new Date(Date.now() + 5000);
  await utimes(reference, later, later);
  const second = await findBestConfiguration(alone);
  expect(second.candidates[0]!.score).toBeGreaterThan(first.candidates[0]!.score);
});

it('excludes a score of NaN from the comparison and names it', async () => {
  await makeModel({ resultsFolder: results, configuration: '2d', wrong: [], withSecond: false });
  await full();
  const warnings: string[] = [];
  const { best, unscored, tableFile } = await findBestConfiguration({
    ...options,
    disableEnsembling: true,
    onWarning: (text) => warnings.push(text),
  });
  expect(best[0]!.name).toBe('3d_fullres');
  expect(unscored).toEqual(['2d']);
  expect(warnings[0]).toMatch(/^2d has no score/);
  expect(await readFile(tableFile, 'utf8')).toContain('2d,1.0000,nan,1.0000\n');
  const alone = findBestConfiguration({ ...options, models: ['2d'] });
  await expect(alone).rejects.toMatchObject({ tag: 'no-score' });
});

it('names folds that were not validated', async () => {
  await flat();
  await full();
  await expect(findBestConfiguration({ ...options, folds: [0, 1, 2] })).rejects.toThrow(/fold_2/);
  await expect(findBestConfiguration({ ...options, folds: [0] })).rejects.toThrow(/case_1/);
});

it('is alone on a task', async () => {
  await flat();
  await findBestConfiguration({ ...options, models: ['2d'] });
  const lock = await acquireLock(inEnsembles('.find_best_configuration.lock'));
  await expect(findBestConfiguration({ ...options, models: ['2d'] })).rejects.toMatchObject({ tag: 'locked' });
  await lock.release();
});

it('stops when told to, and takes that for no missing configuration', async () => {
  await flat();
  await full();
  const stop = new AbortController();
  const warnings: string[] = [];
  const stopped = findBestConfiguration({
    ...options,
    strict: false,
    signal: stop.signal,
    onWarning: (text) => warnings.push(text),
    onProgress: () => stop.abort(new Error('enough')),
  });
  await expect(stopped).rejects.toThrow('enough');
  expect(warnings).toEqual([]);
  expect(existsSync(inEnsembles('summary.csv'))).toBe(false);
  // Nothing is predicted either.
  const folder = await full();
  await forgetSoftmax(folder, 0);
  const predictMissingSoftmax = async () => expect.fail('probabilities were made');
  const at = { ...options, signal: AbortSignal.abort(new Error('at once')), predictMissingSoftmax };
  await expect(findBestConfiguration(at)).rejects.toThrow('at once');
});
