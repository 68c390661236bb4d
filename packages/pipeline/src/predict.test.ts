import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedNormalizations, shippedPreprocessors } from '@nnunet/preprocess';
import { type ModelName, type Roots, resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { shippedFormats } from '@nnunet/volume';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { predict } from './predict.ts';
import type { PredictImagesOptions } from './predict-options.ts';
import { listener } from './small-task.fixture.ts';

/** What a prediction is handed to. */
const work = vi.hoisted(() => ({
  loadModel: vi.fn(),
  loadQuickModel: vi.fn(),
  predictFolder: vi.fn(),
  requireOtherFolder: vi.fn(),
  requireDevice: vi.fn(),
  imagesBesideNifti: vi.fn(),
  requireOtherImages: vi.fn(),
  writeLabelsAsImages: vi.fn(),
  planDicomOutput: vi.fn(),
  writeLabelsAsDicom: vi.fn(),
  dispose: vi.fn(),
}));
vi.mock('@nnunet/inference/node', () => work);
vi.mock('@nnunet/inference/node/internal', async (original) => ({ ...(await original<object>()), ...work }));
vi.mock('@nnunet/network/node', () => work);
vi.mock('./image-formats.ts', () => work);
vi.mock('./dicom-output.ts', () => work);
vi.mock('./quick-model.ts', () => work);
vi.mock('./trained-model.ts', async () => {
  const { modelFolder } = await import('@nnunet/schema/internal');
  return {
    trainedModelFolder: (roots: Roots, model: ModelName) =>
      modelFolder(roots, { ...model, trainer: model.trainer ?? 'USUAL' }),
  };
});

const mine = {
  preprocessors: shippedPreprocessors.withModule('mine', {}),
  normalizations: shippedNormalizations.withModule('mine', {}),
  formats: shippedFormats,
};
const otherImages = { paths: ['a_0000.mha'], formats: shippedFormats.with({ extensions: ['.mha'] }) };

const TASK = 'Task007_Made';
let root: string;
let options: PredictImagesOptions;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  mkdirSync(join(roots.preprocessed!, TASK), { recursive: true });
  mkdirSync(join(root, 'out/3d_lowres_predictions'), { recursive: true });
  reporter = listener();
  options = {
    roots,
    inputFolder: 'in',
    outputFolder: join(root, 'out'),
    task: '7',
    trainer: 'T',
    configuration: '3d_fullres',
    plansIdentifier: 'P',
    checkpoint: 'model_best',
    saveSoftmax: true,
    partId: 0,
    numParts: 1,
    overwrite: false,
    reporter,
  };
  for (const one of Object.values(work)) one.mockReset();
  for (const load of [work.loadModel, work.loadQuickModel]) load.mockImplementation(loaded);
  work.predictFolder.mockResolvedValue({ predicted: ['a', 'b', 'c'], skipped: ['d'], elsewhere: ['e'], failed: [] });
  work.imagesBesideNifti.mockResolvedValue(otherImages);
});

const loaded = async (folder: string) => ({
  version: folder.includes('Dataset') ? 2 : 1,
  dispose: work.dispose,
  needsPreviousStage: folder.includes('cascade'),
  ensemble: { mirrorAxes: [0, 1, 2] },
  labelNames: { 0: 'background', 1: 'liver' },
  description: { configuration: 'CONFIGURATION' },
});

const run = (more: Partial<PredictImagesOptions> = {}) => predict({ ...options, ...more });
const folderOf = (configuration: string, trainer: string) =>
  join(root, 'nnUNet_results/nnUNet', configuration, TASK, `${trainer}__P`);
const refused = (more: Partial<PredictImagesOptions>) =>
  run(more).then(
    () => 'taken',
    (error: Error) => error.message,
  );

describe('a prediction with one model', () => {
  it('hands its options on, and counts cases', async () => {
    const { signal } = new AbortController();
    const more = {
      compute: { device: 'cuda' as const },
      maxMemory: 5e9,
      threads: { preparing: 2 },
      extensions: mine,
      signal,
    };
    const result = await run({
      ...more,
      folds: ['2', 'all'],
      mode: 'fast',
      saveSoftmax: false,
      overwrite: true,
      strictGeometry: true,
      stepSize: 0.3,
    });
    expect(result).toEqual({ predicted: 3, skipped: 2, labelNames: { 0: 'background', 1: 'liver' } });
    expect(work.loadModel.mock.calls).toEqual([
      [folderOf('3d_fullres', 'T'), { folds: [2, 'all'], checkpoint: 'model_best', compute: { device: 'cuda' } }],
    ]);
    expect(work.predictFolder.mock.calls).toEqual([
      [
        expect.objectContaining({
          maxMemory: 5e9,
          threads: { preparing: 2 },
          preprocessors: mine.preprocessors,
          normalizations: mine.normalizations,
          formats: otherImages.formats,
          signal,
          inputFolder: 'in',
          outputFolder: join(root, 'out'),
          overwrite: true,
          saveProbabilities: false,
          previousStageFolder: undefined,
          mode: 'fast',
          grid: { strict: true },
          mirrorAxes: [0, 1, 2],
          stepSize: 0.3,
          tiles: 'all',
          part: 0,
          parts: 1,
        }),
      ],
    ]);
    expect(work.requireDevice.mock.calls).toEqual([['cuda']]);
    expect(work.imagesBesideNifti.mock.calls).toEqual([
      [expect.objectContaining({ inputFolder: 'in' }), shippedFormats, reporter],
    ]);
    expect(work.writeLabelsAsImages).not.toHaveBeenCalled();
    expect(work.dispose).toHaveBeenCalledTimes(1);
  });

  it('names the labels in a table, as the model or the task does', async () => {
    await run();
    const table = () => readFileSync(join(root, 'out/dseg.tsv'), 'utf8');
    expect(table()).toBe('index\tname\tcolor\n0\tbackground\t#000000\n1\tliver\t#4363d8\n');
    const raw = join(root, 'nnUNet_raw_data_base/nnUNet_raw_data', TASK);
    mkdirSync(raw, { recursive: true });
    const dataset = { modality: { 0: 'CT' }, labels: { 0: 'background', 1: 'spleen' }, training: [], test: [] };
    writeFileSync(join(raw, 'dataset.json'), JSON.stringify(dataset));
    await run();
    expect(table()).toContain('\tliver\t');
    work.loadModel.mockImplementation(async () => ({ ...(await loaded('')), labelNames: {} }));
    expect((await run()).labelNames).toEqual(dataset.labels);
    expect(table()).toContain('\tspleen\t');
    expect((await run({ task: undefined, modelFolder: 'x' })).labelNames).toEqual({});
  });

  it('leaves the seconds that it took', async () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValueOnce(3500);
    await run();
    clock.mockRestore();
    expect(readFileSync(join(root, 'out/prediction_time.txt'), 'utf8')).toBe('2.5');
  });

  it('tells how far it is, and writes label maps in the format of the images where wanted', async () => {
    work.predictFolder.mockImplementation(async ({ onMessage, onProgress }) => {
      onMessage('a line');
      onProgress({ caseId: 'b', casesDone: 1, cases: 4, share: 0.5, secondsLeft: 6 });
      return { predicted: ['a'], skipped: ['b'], elsewhere: [], failed: [] };
    });
    await run({ keepFormat: true, preset: 'quick' });
    expect(reporter.messages).toEqual([`${folderOf('3d_fullres', 'T')} (rules of nnU-Net v1)`, 'a line']);
    expect(reporter.progressed).toEqual([
      { what: 'predicting with CONFIGURATION', done: 1, total: 4, note: 'b', secondsLeft: 6 },
    ]);
    expect(work.writeLabelsAsImages.mock.calls).toEqual([[otherImages, join(root, 'out'), ['a', 'b']]]);
    const cases = [{ id: 'a', images: ['out/a.nrrd'] }];
    work.requireOtherImages.mockRejectedValueOnce(new Error('would replace'));
    expect(await refused({ inputFolder: undefined, cases, keepFormat: true })).toBe('would replace');
    expect(work.requireOtherImages).toHaveBeenLastCalledWith(cases, join(root, 'out'), shippedFormats);
    expect(work.loadModel).not.toHaveBeenCalled();
    expect(work.predictFolder.mock.calls[0]![0]).toMatchObject({ mirrorAxes: [], stepSize: 0.75, tiles: 'body' });
  });

  it('computes with 8-bit integers only for the preset quick, and calibrates for whole predictions of a final model', async () => {
    const { loadQuickModel } = work;
    for (const preset of [undefined, 'exact', 'balanced'] as const) await run({ preset });
    expect(work.loadModel.mock.calls.map(([, load]) => load.integers)).toEqual([undefined, undefined, undefined]);
    expect(loadQuickModel).not.toHaveBeenCalled();
    const { signal } = new AbortController();
    const quick = { preset: 'quick', folds: ['2'], checkpoint: 'model_final_checkpoint', compute: {}, signal } as const;
    const [folder, load] = [folderOf('3d_fullres', 'T'), { folds: [2], checkpoint: quick.checkpoint, compute: {} }];
    const preprocessedFolder = join(options.roots.preprocessed!, TASK);
    mkdirSync(folder, { recursive: true });
    await run(quick);
    expect(loadQuickModel.mock.lastCall).toEqual([folder, load, { preprocessedFolder, compute: {}, reporter, signal }]);
    const cannot: Partial<PredictImagesOptions>[] = [
      { numParts: 2 },
      { checkpoint: 'model_best' },
      { task: undefined, modelFolder: folder },
      { roots: { ...options.roots, preprocessed: null } },
    ];
    for (const more of cannot) {
      await run({ ...quick, ...more });
      expect(loadQuickModel.mock.lastCall![2].preprocessedFolder).toBeNull();
    }
  });

  it('writes DICOM objects of all label maps, planned first, and names the cases whose objects failed', async () => {
    const plan = { kinds: ['rtstruct'] };
    work.planDicomOutput.mockResolvedValue(plan);
    work.predictFolder.mockResolvedValue({ predicted: ['b'], skipped: ['a'], elsewhere: ['c'], failed: [] });
    work.writeLabelsAsDicom.mockResolvedValueOnce([]);
    const { signal } = new AbortController();
    const dicom = { kinds: ['rtstruct'] as const, segmentsFile: 's.json' };
    expect(await run({ dicom, signal })).toMatchObject({ predicted: 1, skipped: 2 });
    expect(work.planDicomOutput.mock.calls).toEqual([
      [dicom, expect.objectContaining({ inputFolder: 'in' }), shippedFormats],
    ]);
    const labelNames = { 0: 'background', 1: 'liver' };
    const made = { ...otherImages, labelNames, folder: join(root, 'out'), ids: ['a', 'b'], reporter, signal };
    expect(work.writeLabelsAsDicom.mock.calls).toEqual([[plan, expect.objectContaining(made)]]);
    work.writeLabelsAsDicom.mockResolvedValueOnce([{ name: 'b', error: new Error('has no segment') }]);
    expect(await refused({ dicom })).toMatch(/^1 of 1 case failed:\n- b: has no segment\n/);
    work.planDicomOutput.mockRejectedValueOnce(new Error('bad segments'));
    expect(await refused({ dicom })).toBe('bad segments');
    expect(work.loadModel).toHaveBeenCalledTimes(2);
  });

  it('names the cases that failed, each once, and still closes the model', async () => {
    const failed = [
      { id: 'x', error: new Error('x: is damaged') },
      { id: 'y', error: new Error('is too large') },
    ];
    work.predictFolder.mockResolvedValue({ predicted: ['a'], skipped: ['b'], elsewhere: [], failed });
    expect(await refused({})).toMatch(/^2 of 3 cases failed:\n- x: is damaged\n- y: is too large\n/);
    work.predictFolder.mockResolvedValue({ predicted: [], skipped: [], elsewhere: [], failed: failed.slice(1) });
    expect(await refused({})).toMatch(/^1 of 1 case failed/);
    const cases = [{ id: 'y', images: ['y.nii'] }];
    expect(await refused({ inputFolder: undefined, cases })).toBe('is too large');
    expect(work.predictFolder.mock.calls[2]![0]).toMatchObject({ inputFolder: undefined, cases });
    expect(work.dispose).toHaveBeenCalledTimes(3);
  });

  it('is told by its folder, or by its task', async () => {
    const modelFolder = '/models/3d_cascade_fullres/mine';
    work.planDicomOutput.mockResolvedValue('a plan');
    work.writeLabelsAsDicom.mockResolvedValue([]);
    await run({ modelFolder, task: undefined, lowresSegmentations: 'low', dicom: {} });
    expect(work.writeLabelsAsDicom.mock.calls[0]![0]).toBe('a plan');
    expect(work.loadModel.mock.calls[0]![0]).toBe(modelFolder);
    expect(work.predictFolder.mock.calls[0]![0]).toMatchObject({ previousStageFolder: 'low' });
    expect(await refused({ modelFolder })).toMatch(/a model folder and a task were given/);
    expect(await refused({ task: undefined })).toMatch(/no task was given/);
    expect(await refused({ modelFolder: '/models/2d/mine', task: undefined, lowresSegmentations: 'low' })).toMatch(
      /this model is not a cascade/,
    );
    expect(work.predictFolder).toHaveBeenCalledTimes(1);
    expect(await refused({ roots: { ...options.roots, results: null }, task: '99' })).toMatch(/RESULTS_FOLDER/);
  });
});

describe('a prediction with a cascade', () => {
  const configuration = '3d_cascade_fullres';

  it('predicts with 3d_lowres first, after a look at the second model', async () => {
    const plan = { kinds: ['seg'] };
    work.planDicomOutput.mockResolvedValue(plan);
    work.writeLabelsAsDicom.mockResolvedValue([]);
    const result = await run({ configuration, cascadeTrainer: 'C', keepFormat: true, dicom: {}, folds: ['1'] });
    expect(result).toEqual({ predicted: 3, skipped: 2, labelNames: { 0: 'background', 1: 'liver' } });
    const [second, low] = [folderOf(configuration, 'C'), folderOf('3d_lowres', 'T')];
    const between = join(root, 'out/3d_lowres_predictions');
    expect(work.loadModel.mock.calls).toEqual([
      [second, { folds: [1], checkpoint: 'model_best' }],
      [low, { folds: [1], checkpoint: 'model_final_checkpoint', compute: undefined }],
      [second, { folds: [1], checkpoint: 'model_best', compute: undefined }],
    ]);
    expect(work.dispose).toHaveBeenCalledTimes(3);
    expect(work.predictFolder.mock.calls.map(([given]) => given)).toMatchObject([
      { outputFolder: between, saveProbabilities: false, previousStageFolder: undefined },
      { outputFolder: join(root, 'out'), saveProbabilities: true, previousStageFolder: between },
    ]);
    expect(work.writeLabelsAsImages).toHaveBeenCalledTimes(1);
    expect(work.writeLabelsAsDicom.mock.calls).toEqual([
      [plan, expect.objectContaining({ folder: join(root, 'out') })],
    ]);
    expect(work.requireOtherFolder).toHaveBeenCalledTimes(1);
    expect(reporter.messages).toEqual([
      `predicting with 3d_lowres first: ${between}`,
      `${low} (rules of nnU-Net v1)`,
      `${second} (rules of nnU-Net v1)`,
    ]);
  });

  it('does the same with a dataset of nnU-Net v2, whose trainer and plans are found', async () => {
    const chosen = {
      task: 'Dataset007_Made',
      trainer: undefined,
      cascadeTrainer: undefined,
      plansIdentifier: undefined,
    };
    await run({ ...chosen, configuration });
    const folders = [configuration, '3d_lowres', configuration].map((stage) =>
      expect.stringContaining(`/${stage}/Data`),
    );
    expect(work.loadModel.mock.calls.map(([folder]) => folder)).toEqual(folders);
    expect(reporter.messages[1]).toMatch(/Dataset007_Made.* \(rules of nnU-Net v2\)$/);
  });

  it('takes segmentations that are given, in parts too', async () => {
    await run({ configuration, lowresSegmentations: 'low', partId: 1, numParts: 3 });
    expect(work.loadModel.mock.calls.map(([folder]) => folder)).toEqual([folderOf(configuration, 'USUAL')]);
    expect(work.predictFolder.mock.calls.map(([given]) => given)).toMatchObject([
      { previousStageFolder: 'low', part: 1, parts: 3 },
    ]);
    expect(await refused({ configuration, numParts: 2 })).toMatch(/a cascade in parts needs/);
    expect(await refused({ lowresSegmentations: 'low' })).toMatch(/but 3d_fullres is not a cascade/);
    await run({ partId: 1, numParts: 2 });
    expect(work.predictFolder).toHaveBeenCalledTimes(2);
  });
});
