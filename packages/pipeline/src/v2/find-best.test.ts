import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { writeNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import { writeLabels } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { accumulateCrossValidationV2 } from './cross-validation.ts';
import { findBestV2 } from './find-best.ts';
import { inferenceInstructions } from './inference-instructions.ts';

const DATASET = 'Dataset007_X';
let root: string;
const at = (...names: string[]) => join(root, ...names);
const reporter = { message: () => undefined, warning: () => undefined, progress: () => undefined };
const model = (configuration: string) => at('results', DATASET, `nnUNetTrainer__nnUNetPlans__${configuration}`);
const roots = () => ({ rawBase: null, preprocessed: at('prepared'), results: at('results'), rawDatasets: null });

async function writeMap(folder: string, name: string, labels: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const geometry = { shape: [1, 1, labels.length], spacing: [1, 1, 1], origin: [0, 0, 0], direction } as const;
  await writeLabels(join(folder, `${name}.nii.gz`), Uint8Array.from(labels, Number), geometry);
}

/** The validation of a case: its labels and, per voxel, the probability of label 1. */
async function validate(configuration: string, fold: number, name: string, foreground: number[]): Promise<void> {
  const folder = join(model(configuration), `fold_${fold}`, 'validation');
  await writeMap(folder, name, foreground.map((p) => (p > 0.5 ? 1 : 0)).join(''));
  const data = Float32Array.from([...foreground.map((p) => 1 - p), ...foreground]);
  const probabilities = { data, shape: [2, 1, 1, foreground.length], dtype: 'float32' } as const;
  await writeNpzFile(join(folder, `${name}.npz`), { probabilities });
}

beforeEach(async () => {
  root = temporaryFolder();
  const prepared = at('prepared', DATASET);
  const plans = {
    image_reader_writer: 'SimpleITKIO',
    configurations: { '2d': {}, '3d_fullres': {}, '3d_cascade_fullres': { previous_stage: '3d_lowres' } },
  };
  const form = { channel_names: { 0: 'CT' }, labels: { background: 0, a: 1 }, numTraining: 2, file_ending: '.nii.gz' };
  mkdirSync(prepared, { recursive: true });
  writeFileSync(join(prepared, 'nnUNetPlans.json'), JSON.stringify(plans));
  for (const configuration of ['2d', '3d_fullres']) {
    mkdirSync(model(configuration), { recursive: true });
    writeFileSync(join(model(configuration), 'plans.json'), JSON.stringify(plans));
    writeFileSync(join(model(configuration), 'dataset.json'), JSON.stringify(form));
  }
  for (const name of ['p', 'q']) await writeMap(join(prepared, 'gt_segmentations'), name, '1100');
  // Each model finds one voxel surely and misses the other by a little.
  await validate('2d', 0, 'p', [0.9, 0.4, 0.1, 0.1]);
  await validate('2d', 1, 'q', [0.9, 0.4, 0.1, 0.1]);
  // Its folds are others.
  await validate('3d_fullres', 0, 'q', [0.4, 0.9, 0.1, 0.1]);
  await validate('3d_fullres', 1, 'p', [0.4, 0.9, 0.1, 0.1]);
});

const options = () => ({
  roots: roots(),
  dataset: '7',
  trainers: ['nnUNetTrainer'],
  plans: ['nnUNetPlans'],
  configurations: ['2d', '3d_fullres', '3d_lowres'],
  folds: ['0', '1'],
  ensembling: true,
  overwrite: true,
  workers: 1,
  reporter,
});

it('finds that two models together are better than each, and says how to predict', async () => {
  const { all, best, instructions } = await findBestV2(options());
  const [first, second] = ['2d', '3d_fullres'].map((name) => `nnUNetTrainer__nnUNetPlans__${name}`);
  expect(all.map(({ name, dice }) => [name, dice])).toEqual([
    [first, 2 / 3],
    [second, 2 / 3],
    [`ensemble___${first}___${second}___0_1`, 1],
  ]);
  expect(best.folder).toBe(at('results', DATASET, 'ensembles', best.name));
  const written = JSON.parse(readFileSync(at('results', DATASET, 'inference_information.json'), 'utf8'));
  expect(written).toMatchObject({
    folds: [0, 1],
    dataset_name_or_id: DATASET,
    ensembling_allowed: true,
    best_model_or_ensemble: {
      result_on_crossval_pre_pp: 1,
      postprocessing_file: join(best.folder, 'postprocessing.pkl'),
      selected_model_or_models: [{ configuration: '2d' }, { configuration: '3d_fullres' }],
    },
  });
  expect(readFileSync(at('results', DATASET, 'inference_instructions.txt'), 'utf8')).toBe(instructions);
  const [plain] = (await findBestV2({ ...options(), ensembling: false, overwrite: false })).all;
  expect(plain!.name).toBe(first);
});

it('keeps what is newer than the validations if told so, and makes again what is not', async () => {
  const kept = { ...options(), overwrite: false };
  const scores = async () => (await findBestV2(kept)).all.map(({ dice }) => dice);
  expect(await scores()).toEqual([2 / 3, 2 / 3, 1]);
  const collected = (await findBestV2(kept)).all.map(({ folder }) => join(folder, 'summary.json'));
  const times = () => collected.slice(0, 2).map((file) => statSync(file).mtimeMs);
  const before = times();
  expect(await scores()).toEqual([2 / 3, 2 / 3, 1]);
  expect(times()).toEqual(before);
  // Surely wrong in a voxel.
  await validate('2d', 0, 'p', [0.9, 0.9, 0.95, 0.1]);
  await validate('2d', 1, 'q', [0.9, 0.9, 0.95, 0.1]);
  expect(await scores()).toEqual([0.8, 2 / 3, 0.8]);
  expect(times()[0]).toBeGreaterThan(before[0]!);
  expect(times()[1]).toBe(before[1]);
});

it('takes the first of equal models', async () => {
  expect((await findBestV2({ ...options(), ensembling: false })).best.name).toBe('nnUNetTrainer__nnUNetPlans__2d');
});

it('collects folds, into another folder too if it is empty', async () => {
  const accumulate = (change: object = {}) =>
    accumulateCrossValidationV2({
      ...options(),
      model: { dataset: '7', configuration: '2d', trainer: 'nnUNetTrainer', plans: 'nnUNetPlans' },
      ...change,
    });
  expect(await accumulate()).toEqual({ folder: join(model('2d'), 'crossval_results_folds_0_1'), meanDice: 2 / 3 });
  expect(await accumulate({ outputFolder: at('own') })).toMatchObject({ folder: at('own') });
  const tagOf = (change: object) => accumulate(change).catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));
  expect(await tagOf({ outputFolder: at('own') })).toBe('exists');
  expect(await tagOf({ folds: ['0', '2'] })).toBe('missing-folds');
  await validate('2d', 1, 'p', [0.9, 0.4, 0.1, 0.1]);
  expect(await tagOf({})).toBe('missing-folds');
});

it('refuses what is not trained, or has no probabilities', async () => {
  const tagOf = (change: object) =>
    findBestV2({ ...options(), ...change }).catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));
  expect(await tagOf({ configurations: ['3d_cascade_fullres'] })).toBe('missing-folder');
  expect(await tagOf({ configurations: ['3d_lowres'] })).toBe('missing-folder');
  expect(await tagOf({ plans: ['other'] })).toBe('missing-file');
  await writeMap(join(model('2d'), 'fold_2/validation'), 'p', '1100');
  await writeMap(join(model('3d_fullres'), 'fold_2/validation'), 'p', '1100');
  expect(await tagOf({ folds: ['2'] })).toBe('missing-folds');
});

it('names the first stage of a cascade, and gives the cascade its results', () => {
  const of = { trainer: 'T', plans: 'P' };
  const cascade = { ...of, configuration: '3d_cascade_fullres', previousStage: '3d_lowres' };
  const common = { dataset: DATASET, folds: ['0', '1'], postprocessingFile: 'pp.pkl', plansFile: 'plans.json' };
  const usual = `nnUNetv2_predict -d ${DATASET} -i INPUT_FOLDER -o`;
  const end =
    'nnUNetv2_apply_postprocessing -i OUTPUT_FOLDER -o OUTPUT_FOLDER_PP -pp_pkl_file pp.pkl -np 8 -plans_json plans.json\n';
  expect(inferenceInstructions({ ...common, models: [cascade] })).toBe(
    `***Run inference like this:***

${usual} OUTPUT_FOLDER_PREV_STAGE -f  0 1 -tr T -c 3d_lowres -p P
${usual} OUTPUT_FOLDER -f  0 1 -tr T -c 3d_cascade_fullres -p P -prev_stage_predictions OUTPUT_FOLDER_PREV_STAGE

***Once inference is completed, run postprocessing like this:***

${end}`,
  );
  const plain = { ...of, configuration: '2d', previousStage: null };
  expect(inferenceInstructions({ ...common, models: [plain, cascade] })).toContain(
    `${usual} OUTPUT_FOLDER_MODEL_1 -f  0 1 -tr T -c 2d -p P --save_probabilities
${usual} OUTPUT_FOLDER_PREV_STAGE_MODEL_2 -f  0 1 -tr T -c 3d_lowres -p P
${usual} OUTPUT_FOLDER_MODEL_2 -f  0 1 -tr T -c 3d_cascade_fullres -p P -prev_stage_predictions OUTPUT_FOLDER_PREV_STAGE_MODEL_2 --save_probabilities

The run ensembling with:

nnUNetv2_ensemble -i OUTPUT_FOLDER_MODEL_1 OUTPUT_FOLDER_MODEL_2 -o OUTPUT_FOLDER -np 8

`,
  );
});
