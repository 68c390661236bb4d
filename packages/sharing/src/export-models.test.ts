import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { withoutMomenta } from '@nnunet/inference/internal';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { listener } from '../../pipeline/src/small-task.fixture.ts';
import { type ExportModelsOptions, exportModels } from './export-models.ts';

const work = vi.hoisted(() => ({
  exportedFiles: vi.fn(),
  describeTrainedModel: vi.fn(),
  modelCardText: vi.fn(),
  writeArchive: vi.fn(),
  loadQuickModel: vi.fn(),
  dispose: vi.fn(),
}));
vi.mock('@nnunet/pipeline/internal', async (original) => ({ ...(await original<object>()), ...work }));
vi.mock('./exported-files.ts', () => work);
vi.mock('./describe-trained-model.ts', () => work);
vi.mock('./model-card-text.ts', () => work);
vi.mock('./write-archive.ts', () => work);

const TASK = 'Task007_Made';
let results: string;
let options: ExportModelsOptions;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  results = join(roots.results!, 'nnUNet');
  // The task is known by its raw data; none are prepared.
  mkdirSync(join(root, 'nnUNet_raw_data_base/nnUNet_raw_data', TASK), { recursive: true });
  reporter = listener();
  options = {
    roots,
    task: '7',
    zipFile: 'z.zip',
    models: ['2d', '3d_cascade_fullres', '2d'],
    trainer: 'T',
    cascadeTrainer: 'C',
    plansIdentifier: 'P',
    strict: true,
    reporter,
  };
  work.exportedFiles.mockReset().mockResolvedValue({
    files: ['fold_0/m.safetensors', 'plans.json'],
    checkpoints: ['fold_0/m.safetensors'],
    plans: 'plans.json',
    warning: null,
  });
  work.describeTrainedModel.mockReset().mockResolvedValue({ is: 'a card' });
  work.modelCardText.mockReset().mockReturnValue('a text');
  work.writeArchive.mockReset();
  work.loadQuickModel.mockReset().mockImplementation(quickModel);
});

const quickModel = async () => ({ integers: { ranges: [], reason: 'a small loss' }, dispose: work.dispose });

/** A model whose files have these sizes. */
function trained(configuration: string, trainer: string, weights = 0, plans = 0): string {
  const folder = join(results, configuration, TASK, `${trainer}__P`);
  mkdirSync(join(folder, 'fold_0'), { recursive: true });
  for (const [name, size] of [
    ['fold_0/m.safetensors', weights],
    ['plans.json', plans],
  ] as const) {
    writeFileSync(join(folder, name), '');
    truncateSync(join(folder, name), size);
  }
  return folder;
}

function ensemble(name: string, files: string[]): void {
  mkdirSync(join(results, 'ensembles', TASK, name), { recursive: true });
  for (const file of files) writeFileSync(join(results, 'ensembles', TASK, name, file), '');
}

it('packs each model once with its card, without momenta, and the ensembles of two that go along', async () => {
  const flat = trained('2d', 'T');
  trained('3d_cascade_fullres', 'C');
  ensemble('ensemble_2d__T__P--3d_cascade_fullres__C__P', ['postprocessing.json']);
  ensemble('ensemble_3d_cascade_fullres__C__P--2d__T__P', []);
  ensemble('ensemble_2d__T__P--3d_fullres__T__P', ['postprocessing.json']);
  const exported = await exportModels({ ...options, folds: ['0', 'all'] });
  expect(exported).toEqual([`2d/${TASK}/T__P`, `3d_cascade_fullres/${TASK}/C__P`]);
  const [zipFile, sources] = work.writeArchive.mock.calls[0]!;
  expect(zipFile).toBe('z.zip');
  const place = `2d/${TASK}/T__P`;
  expect(sources.slice(0, 4)).toEqual([
    { name: `${place}/fold_0/m.safetensors`, file: join(flat, 'fold_0/m.safetensors'), change: withoutMomenta },
    { name: `${place}/plans.json`, file: join(flat, 'plans.json') },
    { name: `${place}/model_card.json`, text: expect.stringMatching(/"is": "a card"/) },
    { name: `${place}/model_card.md`, text: 'a text' },
  ]);
  const pair = 'ensemble_2d__T__P--3d_cascade_fullres__C__P/postprocessing.json';
  expect(sources.slice(8)).toEqual([
    { name: `ensembles/${TASK}/${pair}`, file: join(results, 'ensembles', TASK, pair) },
  ]);
  expect(work.exportedFiles.mock.calls[0]).toEqual([flat, { folds: [0, 'all'], strict: true }]);
  expect(work.describeTrainedModel.mock.calls[0]![0]).toMatchObject({
    configuration: '2d',
    task: TASK,
    trainer: 'T',
    plans: 'P',
    modelFolder: flat,
    folds: [0, 'all'],
    checkpoints: ['fold_0/m.safetensors'],
    plansFile: 'plans.json',
  });
  expect(reporter.messages).toEqual(['Task007_Made (rules of nnU-Net v1)']);
});

describe('8-bit integers', () => {
  const stored = (folder: string) => writeFileSync(join(folder, 'fold_0/quick_integers.json'), '{}');
  const packed = () => work.writeArchive.mock.lastCall![1].map(({ name }: { name: string }) => name.split('/').at(-1));
  const exported = () => exportModels({ ...options, models: ['2d'], folds: ['0', '1'] });

  it('are calibrated where the prepared data are, and go into the archive with their cost', async () => {
    const folder = trained('2d', 'T');
    const preprocessedFolder = join(options.roots.preprocessed!, TASK);
    mkdirSync(preprocessedFolder, { recursive: true });
    work.loadQuickModel.mockImplementation(async (given, load, { reporter: told, ...more }) => {
      expect([given, load, more]).toEqual([folder, { folds: [0, 1] }, { preprocessedFolder }]);
      told.message('8-bit integers');
      told.progress({ what: 'calibrating', done: 1, total: 2 });
      stored(folder);
      return quickModel();
    });
    await exported();
    expect(packed()).toContain('quick_integers.json');
    expect(work.describeTrainedModel.mock.lastCall![0].integers).toBe('a small loss');
    expect(reporter.messages).toEqual([
      'Task007_Made (rules of nnU-Net v1)',
      '2d with the preset quick: 8-bit integers',
    ]);
    expect(reporter.progressed[0]).toEqual({ what: 'calibrating', done: 1, total: 2 });
    expect(work.dispose).toHaveBeenCalledOnce();
  });

  it('go along without prepared data if they are calibrated, and the card says only of a model that uses them', async () => {
    const folder = trained('2d', 'T');
    await exported();
    expect(work.loadQuickModel).not.toHaveBeenCalled();
    expect(packed()).not.toContain('quick_integers.json');
    stored(folder);
    await exported();
    expect(work.loadQuickModel.mock.lastCall![2].preprocessedFolder).toBeNull();
    expect(packed()).toContain('quick_integers.json');
    work.loadQuickModel.mockRejectedValueOnce(
      new NnUNetError('bad-integers', { what: 'is damaged', where: 'F', remedy: 'R.' }),
    );
    await exported();
    expect(packed()).not.toContain('quick_integers.json');
    work.loadQuickModel.mockRejectedValueOnce(new NnUNetError('bad-weights', { what: 'do not fit', remedy: 'R.' }));
    await exported();
    const refused = '2d cannot be calibrated for 8-bit integers: ';
    expect(reporter.warnings).toEqual([`${refused}F: is damaged`, `${refused}do not fit`]);
    work.loadQuickModel.mockImplementation(async () => ({ ...(await quickModel()), integers: { ranges: null } }));
    await exported();
    expect(work.describeTrainedModel.mock.calls.map(([{ integers }]) => integers)).toEqual([
      null,
      'a small loss',
      null,
      null,
      null,
    ]);
  });
});

it('keeps the momenta where asked to, passes warnings on, and takes the five usual folds by default', async () => {
  trained('2d', 'T');
  work.exportedFiles.mockImplementation(async () => ({
    files: ['fold_0/m.safetensors', 'plans.json'],
    checkpoints: [],
    plans: 'plans.json',
    warning: 'a warning',
  }));
  await exportModels({ ...options, models: ['2d'], keepMomenta: true });
  for (const source of work.writeArchive.mock.calls[0]![1]) expect(source).not.toHaveProperty('change');
  expect(work.exportedFiles.mock.calls[0]![1]).toMatchObject({ folds: [0, 1, 2, 3, 4] });
  expect(reporter.warnings).toEqual(['a warning']);
});

it('tells how many of the megabytes that go in have come out', async () => {
  trained('2d', 'T', 2_500_000, 1_000_001);
  work.writeArchive.mockImplementation(async (_file, _sources, { onProgress }) => {
    for (const bytes of [999_999, 2_999_999, 9e6]) onProgress(bytes);
  });
  await exportModels({ ...options, models: ['2d'] });
  // Less than all until it is written.
  expect(reporter.progressed).toEqual([0, 2, 3, 4].map((done) => ({ what: 'packing (MB)', done, total: 4 })));
});

it('leaves out what was not trained, unless it is strict', async () => {
  trained('2d', 'T');
  const none = join(results, '3d_cascade_fullres', TASK, 'C__P');
  await expect(exportModels(options)).rejects.toMatchObject({ tag: 'missing-model', where: none });
  expect(await exportModels({ ...options, strict: false })).toEqual([`2d/${TASK}/T__P`]);
  expect(reporter.warnings).toEqual([`3d_cascade_fullres is skipped: there is no ${none}`]);
  await expect(exportModels({ ...options, strict: false, models: ['3d_lowres'] })).rejects.toMatchObject({
    tag: 'missing-model',
    where: results,
    message: expect.stringMatching(/none of 3d_lowres was trained for Task007_Made/),
  });
});
