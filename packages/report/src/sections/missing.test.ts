import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluateFiles, writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import { modelFolder } from '@nnunet/schema/internal';
import { tinyPlans } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { writeLabels } from '@nnunet/volume/node';
import { beforeEach, expect, it } from 'vitest';
import { collectReport } from '../collect-report.ts';
import { exampleReport } from '../page/example-report.fixture.ts';
import { boxes, boxesOptions, GEOMETRY, writeBoxes } from '../report.fixture.ts';
import { foldersOf, openTask } from '../report-task.ts';
import { reportV1 } from '../rules/report-v1.ts';
import { whatIsMissing } from './missing.ts';

let task: Awaited<ReturnType<typeof writeBoxes>>;

beforeEach(async () => {
  task = await writeBoxes([2, 2, 2, 2, 2, 2]);
});

async function missing(predicted?: { predictions: string; references?: string }) {
  const { missing: sentences } = await collectReport({
    roots: task.roots,
    ...boxesOptions,
    predicted,
    cases: 0,
  });
  return sentences;
}

async function plan(): Promise<string> {
  const folder = join(task.roots.preprocessed!, 'Task900_Boxes');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'nnUNetPlansv2.1_plans_3D.json'), JSON.stringify(tinyPlans([16, 16, 16])));
  return folder;
}

/** Writes the scores of a fold, as after its validation. */
async function validate(fold: string): Promise<void> {
  const model = {
    configuration: '3d_fullres',
    task: 'Task900_Boxes',
    trainer: 'nnUNetTrainerV2',
    plans: 'nnUNetPlansv2.1',
  } as const;
  const folder = join(modelFolder(task.roots, model), fold, 'validation_raw');
  await mkdir(folder, { recursive: true });
  const [test, reference] = [join(folder, 'c0.nii.gz'), join(task.raw, 'labelsTr/c0.nii.gz')];
  await writeLabels(test, boxes(2), GEOMETRY);
  const scores = await evaluateFiles({ pairs: [{ test, reference }], labels: [0, 1, 2], workers: 1 });
  await writeSummary(join(folder, 'summary.json'), stampedSummary(scores));
}

const UNTRAINED = 'Nothing is trained yet: there is no training by nnUNetTrainerV2 with nnUNetPlansv2.1.';

it('says that a task is neither planned nor trained', async () => {
  const unplanned = 'The task is not planned yet: there are no plans nnUNetPlansv2.1.';
  expect(await missing()).toEqual([unplanned, UNTRAINED]);
  await plan();
  expect(await missing()).toEqual([UNTRAINED]);
});

it('says which files of a task are not there', async () => {
  await plan();
  await rename(join(task.raw, 'dataset.json'), join(task.root, 'dataset.json'));
  expect(await missing()).toEqual(['There is no dataset.json, so labels have no names.', UNTRAINED]);
  await rm(task.raw, { recursive: true });
  expect(await missing()).toEqual([
    'The raw data of the task were not found, so there are no pictures of its cases.',
    'There is no dataset.json, so labels have no names.',
    'No label maps of training cases were found, so nothing is known of what is usual.',
    UNTRAINED,
  ]);
});

it('names the folds that are not trained: of five, or of those that the splits have', async () => {
  const folder = await plan();
  await validate('fold_1');
  expect(await missing()).toEqual(['3d_fullres: folds 0, 2, 3, 4 are not trained yet.']);
  const splits = [0, 1].map(() => ({ train: ['c1'], val: ['c0'] }));
  await writeFile(join(folder, 'splits_final.json'), JSON.stringify(splits));
  expect(await missing()).toEqual(['3d_fullres: fold 0 is not trained yet.']);
  await validate('fold_0');
  expect(await missing()).toEqual([]);
});

it('misses no folds of a training on all cases', async () => {
  await plan();
  await validate('all');
  expect(await missing()).toEqual([]);
});

it('names the folds that are finished but not validated', async () => {
  const data = exampleReport();
  const [first, second] = data.trainings;
  for (const k of [1, 3]) Object.assign(first!.folds[k]!, { finished: true, validation: null });
  Object.assign(second!.folds[0]!, { finished: false, validation: null });
  Object.assign(second!.folds[2]!, { fold: 'all', finished: true, validation: null });
  const choice = { trainer: '', cascadeTrainer: '', plansIdentifier: '' };
  const folders = foldersOf(task.roots, 'Task900_Boxes');
  const known = {
    roots: task.roots,
    task: 'Task900_Boxes',
    rules: reportV1,
    folders,
    fileEnding: '.nii.gz',
    formats: { plugins: [] },
    scored: [],
  };
  const opened = openTask({ ...known, description: await reportV1.describe(folders, { known: shippedFormats }) });
  expect(await whatIsMissing(opened, data, choice)).toEqual([
    '2d: folds 1, 3 are trained, but not validated.',
    '3d_fullres: fold 2 is not trained yet.',
  ]);
});

it('says that a folder has no predictions, and which images and references are not there', async () => {
  await plan();
  await validate('all');
  const [predictions, references] = [join(task.root, 'predicted'), join(task.root, 'references')];
  for (const folder of [predictions, references]) await mkdir(folder);
  expect(await missing({ predictions })).toEqual([`There are no predictions in ${predictions}: it has no label maps.`]);
  const images = join(task.raw, 'imagesTs');
  await writeLabels(join(predictions, 't9.nii.gz'), boxes(2), GEOMETRY);
  expect(await missing({ predictions })).toEqual([
    `The images of any prediction in ${predictions} were not found in ${images}: there are no pictures of them.`,
  ]);
  await writeLabels(join(predictions, 't0.nii.gz'), boxes(2), GEOMETRY);
  for (const id of ['t0', 't1', 't2']) await writeLabels(join(references, `${id}.nii.gz`), boxes(2), GEOMETRY);
  expect(await missing({ predictions, references })).toEqual([
    `The images of 1 prediction (t9) were not found in ${images}: there are no pictures of them.`,
    `No references of 1 prediction (t9) were found in ${references}.`,
    '2 references without a prediction: t1, t2.',
  ]);
});
