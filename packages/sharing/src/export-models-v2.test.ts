import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import { exportModelsV2 } from './export-models-v2.ts';
import { ModelArchive } from './open-archive.ts';

const MODEL = 'nnUNetTrainer__nnUNetPlans__2d';
const OTHER = 'nnUNetTrainer__nnUNetPlans__3d_fullres';
let root: string;
let warnings: string[];
const at = (name: string) => join(root, 'Dataset007_X', name);

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), name);
  }
}

const options = () => ({
  roots: { rawBase: null, preprocessed: null, results: root },
  dataset: '7',
  zipFile: join(root, 'm.zip'),
  configurations: ['2d'],
  trainer: 'nnUNetTrainer',
  plans: 'nnUNetPlans',
  folds: ['0', 'all'],
  checkpoints: ['checkpoint_final.pth'],
  strict: true,
  predictions: false,
  reporter: {
    message: () => undefined,
    progress: () => undefined,
    warning: (text: string) => void warnings.push(text),
  },
});

const usual = [
  'plans.json',
  'dataset.json',
  'dataset_fingerprint.json',
  ...['fold_0', 'fold_all'].flatMap((fold) =>
    ['checkpoint_final.pth', 'progress.png', 'validation/summary.json'].map((name) => `${fold}/${name}`),
  ),
  'fold_0/debug.json',
  'crossval_results_folds_0_all/summary.json',
  'crossval_results_folds_0_all/postprocessing.pkl',
].map((name) => `${MODEL}/${name}`);

beforeEach(() => {
  root = temporaryFolder();
  warnings = [];
  const folds = ['validation/c.nii.gz', 'validation/c.npz', 'validation/c.pkl', 'checkpoint_best.pth', 'log.txt'];
  write(...usual, ...folds.map((name) => `${MODEL}/fold_0/${name}`), `${MODEL}/crossval_results_folds_0_all/c.nii.gz`);
  write(`ensembles/ensemble___${MODEL}___${OTHER}___0_all/summary.json`);
  write('inference_information.json', 'inference_instructions.txt');
});

/** Exports, and returns the members below the folder of the dataset. */
async function members(change: object = {}): Promise<string[]> {
  await exportModelsV2({ ...options(), ...change });
  const archive = await ModelArchive.open(join(root, 'm.zip'));
  return archive.members.map(({ name }) => name.replace('Dataset007_X/', '')).sort();
}

const found = ['inference_information.json', 'inference_instructions.txt'];

it('exports what v2 does, which can be installed', async () => {
  expect(await members()).toEqual([...usual, ...found].sort());
  expect(warnings).toEqual([]);
});

it('exports predictions too, without probabilities', async () => {
  const more = [`${MODEL}/crossval_results_folds_0_all/c.nii.gz`, `${MODEL}/fold_0/validation/c.nii.gz`];
  expect(await members({ predictions: true })).toEqual([...usual, ...found, ...more].sort());
});

it('exports an ensemble with both of its models', async () => {
  write(...usual.map((name) => name.replace(MODEL, OTHER)));
  expect(await members({ configurations: ['2d', '3d_fullres'] })).toContain(
    `ensembles/ensemble___${MODEL}___${OTHER}___0_all/summary.json`,
  );
});

it('leaves out what is missing only if it may, and warns of what is unusual', async () => {
  const tagOf = (change: object) => members(change).catch((e: unknown) => (isNnUNetError(e) ? e.tag : e));
  expect(await tagOf({ configurations: ['2d', '3d_fullres'] })).toBe('missing-model');
  expect(await tagOf({ configurations: ['3d_fullres'], strict: false })).toBe('missing-model');
  expect(await tagOf({ folds: ['0', '1'] })).toBe('missing-file');
  expect(await tagOf({ checkpoints: ['checkpoint_latest.pth'] })).toBe('missing-file');
  warnings = [];
  rmSync(at(`${MODEL}/fold_0/progress.png`));
  expect(await members({ configurations: ['2d', '3d_fullres'], strict: false })).not.toContain('progress.png');
  expect(warnings).toEqual([
    expect.stringContaining('fold_0/progress.png'),
    expect.stringContaining('3d_fullres is left out'),
  ]);
});
