import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aggregateScores } from '@nnunet/metrics';
import { writeSummary } from '@nnunet/metrics/node';
import { describeNetwork } from '@nnunet/network';
import { type Fold, type Roots, resolveRoots } from '@nnunet/schema';
import { writePlans } from '@nnunet/store';
import { encodeSafetensors } from '@nnunet/tensor';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { defaultSettings } from '@nnunet/trainer';
import { beforeEach, expect, it } from 'vitest';
import { describeTrainedModel } from './describe-trained-model.ts';

const one = tinyPlans([8, 8, 8]);
const stage = one.plans_per_stage[0];
/** A low resolution and a full one. */
const plans = {
  ...one,
  num_stages: 2,
  plans_per_stage: {
    0: { ...stage, current_spacing: [4, 2, 2] },
    1: { ...stage, patch_size: [16, 8, 8], batch_size: 3 },
  },
};
const FINAL = 'model_final_checkpoint.safetensors';

let folder: string;
let roots: Roots;
beforeEach(async () => {
  const root = temporaryFolder();
  roots = resolveRoots({ root, env: {} });
  folder = join(root, 'model');
  mkdirSync(folder);
  await writePlans(join(folder, 'plans.json'), plans);
});

function card(checkpoints: string[] = [], more: { folds?: Fold[]; configuration?: string } = {}) {
  return describeTrainedModel({
    roots,
    modelFolder: folder,
    folds: more.folds ?? [0, 2],
    configuration: more.configuration ?? '3d_fullres',
    task: 'Task007_Made',
    trainer: 'T',
    plans: 'P',
    checkpoints,
    plansFile: 'plans.json',
    integers: 'a small loss',
  });
}

/** A checkpoint of the first stage with 6 weights. */
function writeCheckpoint(fold: string, state?: object): string {
  const model = {
    trainer: 'T',
    configuration: '3d_lowres',
    stage: 0,
    plans,
    network: describeNetwork(plans, 0, { inputChannels: 1 }),
    mirrorAxes: [0],
    nonlinearity: 'sigmoid',
    regionClassOrder: [2, 1],
  };
  mkdirSync(join(folder, fold), { recursive: true });
  const tensors = new Map([['weight.a', { data: new Float32Array(6), shape: [2, 3] }]]);
  const json = JSON.stringify({ version: 1, model, state });
  writeFileSync(join(folder, fold, FINAL), encodeSafetensors(tensors, { nnunet: json }));
  return `${fold}/${FINAL}`;
}

async function writeScores(place: string, dice: number[]): Promise<void> {
  mkdirSync(join(folder, place), { recursive: true });
  const cases = dice.map((value, i) => ({
    test: `t${i}`,
    reference: `r${i}`,
    scores: { 0: { Dice: 0.99 }, 1: { Dice: value }, 2: { Dice: Number.NaN } },
  }));
  await writeSummary(join(folder, place, 'summary.json'), aggregateScores(cases));
}

it('knows the names, and the network by its plans where the checkpoints are of v1', async () => {
  const v1 = 'fold_0/model_final_checkpoint.model';
  const fullres = await card([v1]);
  expect(fullres).toMatchObject({
    format: 'nnunet-model-card',
    version: 1,
    task: 'Task007_Made',
    configuration: '3d_fullres',
    trainer: 'T',
    plans: 'P',
    folds: ['0', '2'],
    network: {
      spacing: [1, 1, 1],
      patchSize: [16, 8, 8],
      batchSize: 3,
      parameters: null,
      architecture: null,
      preprocessor: 'GenericPreprocessor',
      regionClassOrder: null,
    },
    training: [{ fold: 'fold_0', epochs: null, changedSettings: null }],
    scores: null,
    postprocessing: null,
    integers: 'a small loss',
  });
  expect(Math.abs(Date.now() - Date.parse(fullres.exported))).toBeLessThan(60_000);
  const lowres = await card([v1], { configuration: '3d_lowres' });
  expect(lowres.network).toMatchObject({ spacing: [4, 2, 2], patchSize: [8, 8, 8], batchSize: 2 });
});

it('reads the network and the training from the checkpoints', async () => {
  const settings = { ...defaultSettings, seed: 3 };
  const checkpoints = [
    writeCheckpoint('fold_0', { epoch: 12, settings }),
    writeCheckpoint('fold_2', { epoch: 0 }),
    writeCheckpoint('all'),
  ];
  const { network, training } = await card(checkpoints);
  expect(network).toMatchObject({
    spacing: [4, 2, 2],
    patchSize: [8, 8, 8],
    batchSize: 2,
    parameters: 6,
    architecture: describeNetwork(plans, 0, { inputChannels: 1 }).architecture,
    regionClassOrder: [2, 1],
  });
  expect(training).toEqual([
    { fold: 'fold_0', epochs: 12, changedSettings: 'seed 3 (default 12345)' },
    { fold: 'fold_2', epochs: 0, changedSettings: null },
    { fold: 'all', epochs: null, changedSettings: null },
  ]);
});

it('has the scores of all folds together, else of the first that was validated', async () => {
  await writeScores('all/validation_raw', [0.3]);
  expect((await card([], { folds: [0, 'all'] })).scores).toMatchObject({
    from: 'the training cases themselves, which says little',
    cases: 1,
  });
  await writeScores('fold_2/validation_raw', [0.6, 0.8]);
  expect((await card()).scores).toEqual({
    from: 'fold 2 alone',
    cases: 2,
    dice: { 1: expect.closeTo(0.7), 2: null },
    mean: expect.closeTo(0.7),
  });
  await writeScores('cv_niftis_raw', [0.5]);
  expect((await card()).scores).toMatchObject({ from: 'the cross-validation', mean: 0.5 });
  await writeScores('cv_niftis_raw', [Number.NaN]);
  expect((await card()).scores).toMatchObject({ dice: { 1: null, 2: null }, mean: null });
});

it('says the postprocessing, and takes the dataset from the prepared task before the raw one', async () => {
  const rule = { for_which_classes: [1, [1, 2]], min_valid_object_sizes: null };
  writeFileSync(join(folder, 'postprocessing.json'), JSON.stringify(rule));
  expect((await card()).postprocessing).toBe(
    'all but the largest component is removed of label 1, then of labels 1, 2 taken together',
  );
  expect((await card()).data.name).toBeNull();
  for (const [place, name] of [
    [join(roots.rawBase!, 'nnUNet_raw_data'), 'raw'],
    [roots.preprocessed!, 'prepared'],
  ]) {
    mkdirSync(join(place!, 'Task007_Made'), { recursive: true });
    const dataset = { name, modality: { 0: 'MRI' }, labels: { 0: 'background' }, training: [] };
    writeFileSync(join(place!, 'Task007_Made/dataset.json'), JSON.stringify(dataset));
    expect((await card()).data.name).toBe(name);
  }
  roots = { ...roots, preprocessed: null };
  expect((await card()).data.name).toBe('raw');
  roots = { ...roots, rawBase: null };
  expect((await card()).data.name).toBeNull();
});
