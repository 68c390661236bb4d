import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomSplitV2 } from '@nnunet/dataset';
import { readModelFolderV2 } from '@nnunet/inference/node/internal';
import { readSummaryV2 } from '@nnunet/metrics/node';
import { foregroundDiceV2 } from '@nnunet/metrics/v2';
import { resolveRoots } from '@nnunet/schema';
import { rawFolder } from '@nnunet/schema/internal';
import { readNpzFile } from '@nnunet/tensor/node';
import { temporaryFolder } from '@nnunet/testing';
import type { ImageGeometry } from '@nnunet/volume';
import { readVolume } from '@nnunet/volume/node';
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { shippedExtensions } from '../extensions.ts';
import { listener, SHAPE } from '../small-task.fixture.ts';
import { writeTinyDataset } from './tiny-dataset.fixture.ts';
import { type TrainDatasetOptions, trainDataset } from './train-dataset.ts';

vi.mock('@nnunet/fingerprint/v2', async (original) =>
  (await import('./few-samples.fixture.ts')).drawingFew(await original()),
);

const NAME = 'Dataset007_Balls';
const root = temporaryFolder();
const roots = resolveRoots({ root });
const prepared = join(root, 'nnUNet_preprocessed', NAME);
const modelOf = (results = root) => join(results, 'nnUNet_results', NAME, 'nnUNetTrainer__nnUNetPlansTiny__3d_fullres');

let reporter: ReturnType<typeof listener>;
beforeEach(() => {
  reporter = listener();
});

beforeAll(() => writeTinyDataset(roots, NAME));

function train(more: Partial<TrainDatasetOptions> = {}) {
  return trainDataset({
    roots,
    dataset: 7,
    configuration: '3d_fullres',
    fold: '0',
    plansName: 'nnUNetPlansTiny',
    settings: { epochs: 2, iterationsPerEpoch: 2, validationIterationsPerEpoch: 1 },
    workers: 0,
    compute: { threads: 1, lowering: 'plain' },
    reporter,
    ...more,
  });
}

const weightsIn = async (results?: string) => (await readModelFolderV2(modelOf(results))).members[0]!.weights;

it('trains a prepared dataset to a model of nnU-Net v2, and scores its validation', async () => {
  const { foldFolder, interrupted, scores } = await train();
  expect([foldFolder, interrupted]).toEqual([join(modelOf(), 'fold_0'), false]);
  expect(reporter.messages[0]).toBe(`${NAME} (rules of nnU-Net v2)`);
  expect(readdirSync(modelOf()).sort()).toEqual(['dataset.json', 'dataset_fingerprint.json', 'fold_0', 'plans.json']);
  const names = readdirSync(foldFolder).filter((name) => !name.startsWith('training_log'));
  expect(names).toEqual(expect.arrayContaining(['checkpoint_best.pth', 'checkpoint_final.pth', 'debug.json', 'progress.png'])); // biome-ignore format: a row
  const splits = JSON.parse(readFileSync(join(prepared, 'splits_final.json'), 'utf8'));
  expect(splits).toHaveLength(5);
  const [id] = splits[0].val;
  const folder = join(foldFolder, 'validation');
  expect(readdirSync(folder).sort()).toEqual([`${id}.nii.gz`, 'summary.json', 'validation_args.json']);
  const { data: _, ...predicted } = await readVolume(join(folder, `${id}.nii.gz`));
  const { data: __, ...image } = await readVolume(join(rawFolder(roots, NAME), 'imagesTr', `${id}_0000.nii.gz`));
  const place = ({ shape, spacing, origin, direction }: ImageGeometry) => ({ shape, spacing, origin, direction });
  expect(place(predicted)).toEqual(place(image));
  const summary = await readSummaryV2(scores!.summaryFile);
  expect(Object.keys(summary.mean).sort()).toEqual(['(1, 2)', '2']);
  // Nothing has label 2.
  expect(summary.mean['(1, 2)']!.n_ref).toBeGreaterThan(1000);
  expect(summary.mean['2']!.n_ref).toBe(0);
  expect(scores!.dice).toBe(foregroundDiceV2(summary));
});

it('ends a training that was stopped like one that was not', async () => {
  const results = temporaryFolder();
  const stop = new AbortController();
  const elsewhere = { roots: { ...roots, results: join(results, 'nnUNet_results') } };
  const progress = vi.fn(({ what, done }: { what: string; done: number }) => {
    if (what === 'epoch 2 of 2, training' && done === 1) stop.abort();
  });
  const stopped = await train({ ...elsewhere, reporter: { ...listener(), progress }, signal: stop.signal });
  expect(stopped.interrupted).toBe(true);
  expect((await train({ ...elsewhere, continueTraining: true })).interrupted).toBe(false);
  const [whole, continued] = [await weightsIn(), await weightsIn(results)];
  expect([...continued.keys()]).toEqual([...whole.keys()]);
  for (const [name, { data }] of continued) expect(data, name).toEqual(whole.get(name)!.data);
});

it('tells listeners of the training and of the scores of each class by its name, and writes them down', async () => {
  const results = temporaryFolder();
  const heard = vi.fn();
  const mine = { name: 'mine', started: heard, validated: heard };
  const extensions = { ...shippedExtensions, listeners: shippedExtensions.listeners.with(mine) };
  const elsewhere = { roots: { ...roots, results: join(results, 'nnUNet_results') }, extensions };
  const settings = { epochs: 1, iterationsPerEpoch: 1, validationIterationsPerEpoch: 1 };
  const { foldFolder, scores } = await train({ ...elsewhere, settings, logTo: ['tensorboard'] });
  expect(readdirSync(join(foldFolder, 'tensorboard'))).toHaveLength(1);
  await train({ ...elsewhere, validationOnly: true });
  const events = heard.mock.calls.map(([event]) => event);
  expect(events.map((event) => Object.keys(event).includes('scores'))).toEqual([false, true, true]);
  const { summaryFile } = scores!;
  const about = { task: NAME, configuration: '3d_fullres', fold: 0, trainer: 'nnUNetTrainer', foldFolder };
  for (const event of events) expect(event).toMatchObject({ ...about, classes: ['whole', 'core'] });
  const { mean } = await readSummaryV2(summaryFile);
  expect(events[2]).toMatchObject({ summaryFile, scores: { whole: mean['(1, 2)'], core: mean['2'] } });
  expect(events[2].cases).toHaveLength(1);
  await expect(train({ ...elsewhere, logTo: ['tensorbord'] })).rejects.toMatchObject({ tag: 'unknown-listener' });
});

it('validates a finished training again, with probabilities and with the best model', async () => {
  const folder = join(modelOf(), 'fold_0/validation');
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.nii.gz'));
  const before = readFileSync(join(folder, name!));
  writeFileSync(join(folder, 'of_another_run.nii.gz'), '');
  await train({ validationOnly: true, saveProbabilities: true });
  const id = name!.slice(0, -'.nii.gz'.length);
  expect(readdirSync(folder).sort()).toEqual([
    `${id}.json`,
    name,
    `${id}.npz`,
    `${id}.pkl`,
    'summary.json',
    'validation_args.json',
  ]);
  expect(readFileSync(join(folder, name!)).equals(before)).toBe(true);
  const probabilities = (await readNpzFile(join(folder, `${id}.npz`))).get('probabilities')!;
  expect(probabilities.shape).toEqual([2, ...SHAPE]);
  await train({ validationOnly: true, validateBest: true });
  expect(readdirSync(folder).sort()).toEqual([name, 'summary.json', 'validation_args.json']);
  await expect(train({ validationOnly: true, fold: '1' })).rejects.toMatchObject({ tag: 'missing-checkpoint' });
});

it('trains a fold beyond the splits on a random one, and validates the others', async () => {
  const settings = { epochs: 1, iterationsPerEpoch: 1, validationIterationsPerEpoch: 1 };
  const { foldFolder } = await train({ fold: '7', settings });
  expect(reporter.messages).toContainEqual(expect.stringMatching(/^fold 7 is not among the 5 folds/));
  const cases = [0, 1, 2, 3, 4].map((id) => `ball_${id}`);
  const predicted = readdirSync(join(foldFolder, 'validation')).filter((name) => name.endsWith('.nii.gz'));
  expect(predicted).toEqual(randomSplitV2(7, cases).val.map((id) => `${id}.nii.gz`));
});

it('starts from pretrained weights, and keeps no model if asked not to', async () => {
  const pretrainedWeights = join(modelOf(), 'fold_0/checkpoint_final.pth');
  reporter.messages.length = 0;
  const { foldFolder } = await train({ fold: 'all', pretrainedWeights, disableSaving: true });
  expect(reporter.messages.join('\n')).toMatch(
    /not used: decoder\.seg_layers\.0\.weight \(a head, which starts anew\)/,
  );
  expect(foldFolder).toBe(join(modelOf(), 'fold_all'));
  expect(readdirSync(foldFolder).filter((name) => name.endsWith('.pth'))).toEqual([]);
});

it('takes the weights that fit from those of another network only if asked, and predicts nothing if asked not to', async () => {
  const plans = JSON.parse(readFileSync(join(prepared, 'nnUNetPlansTiny.json'), 'utf8'));
  plans.plans_name = 'nnUNetPlansWider';
  plans.configurations['3d_fullres'].architecture.arch_kwargs.features_per_stage[1] += 2;
  writeFileSync(join(prepared, 'nnUNetPlansWider.json'), JSON.stringify(plans));
  const wider = await train({ plansName: 'nnUNetPlansWider', fold: 'all', evaluate: false });
  const pretrainedWeights = join(wider.foldFolder, 'checkpoint_final.pth');
  const another = train({ fold: 'all', pretrainedWeights });
  await expect(another).rejects.toMatchObject({
    tag: 'bad-weights',
    remedy: expect.stringContaining('`partialWeights`'),
  });
  reporter.messages.length = 0;
  const trained = await train({ fold: 'all', pretrainedWeights, partialWeights: true, evaluate: false });
  expect(reporter.messages.join('\n')).toMatch(/not used: .*encoder\.stages\.1\./);
  expect(trained).toEqual({ foldFolder: join(modelOf(), 'fold_all'), interrupted: false });
  expect(existsSync(join(trained.foldFolder, 'checkpoint_final.pth'))).toBe(true);
  expect(existsSync(join(wider.foldFolder, 'validation'))).toBe(false);
  await train({ fold: 'all', evaluate: false, disableSaving: true });
  expect(existsSync(join(trained.foldFolder, 'checkpoint_latest.pth'))).toBe(false);
});

it.each([
  [{ configuration: '3d_highres' }, 'usage', 'the plans have no configuration 3d_highres'],
  [{ configuration: '2d' }, 'missing-file', 'the cases of 2d are not prepared'],
  [{ plansName: 'none' }, 'missing-plans', `${NAME} has no plans called none`],
  [{ trainer: 'nnUNetTrainerV2' }, 'unknown-trainer', 'there is no trainer of nnU-Net v2 called nnUNetTrainerV2'],
  [{ fold: '4294967295' }, 'usage', /`fold` must be an integer from 0/],
  [{ dataset: 'Task007_Balls' }, 'usage', /Task007_Balls is a task of nnU-Net v1/],
  [
    { validationOnly: true, pretrainedWeights: 'w' },
    'usage',
    '`pretrainedWeights` and `validationOnly` exclude each other',
  ],
  [{ partialWeights: true }, 'usage', '`partialWeights` is about pretrained weights'],
  [{ evaluate: false, validationOnly: true }, 'usage', '`evaluate: false` and `validationOnly` exclude each other'],
] as const)('refuses %j before anything is trained', async (more, tag, what) => {
  await expect(train(more)).rejects.toMatchObject({
    tag,
    what: typeof what === 'string' ? what : expect.stringMatching(what),
  });
  expect(existsSync(join(modelOf(), 'fold_4294967295'))).toBe(false);
});

it('asks for dataset.json where it is missing', async () => {
  const file = join(prepared, 'dataset.json');
  renameSync(file, `${file}.away`);
  await expect(train()).rejects.toMatchObject({ tag: 'missing-file', where: file });
  renameSync(`${file}.away`, file);
});
