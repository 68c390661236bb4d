import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shippedPreprocessors } from '@nnunet/preprocess';
import type { Plans } from '@nnunet/schema';
import { writePreparedCase } from '@nnunet/store';
import { readMadeFrom, writeCaseProperties, writeMadeFrom } from '@nnunet/store/internal';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { checkStage, type PrepareStageOptions, prepareStage } from './prepare-stage.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ preprocessTask: vi.fn(), sourcesToPrepare: vi.fn() }));
vi.mock('@nnunet/preprocess/node', () => work);
vi.mock('@nnunet/preprocess/node/internal', () => work);

const shape = [2, 3, 4];
const properties = {
  original_size_of_raw_data: shape,
  original_spacing: [1, 1, 1],
  list_of_data_files: [],
  seg_file: null,
  itk_origin: [0, 0, 0],
  itk_spacing: [1, 1, 1],
  itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  crop_bbox: shape.map((n): [number, number] => [0, n]),
  classes: [0, 1],
  size_after_cropping: shape,
  size_after_resampling: shape,
  spacing_after_resampling: [1, 1, 1],
};
const NAME = 'nnUNetData_plans_v2.1_stage0';
const sum = (digit: string) => digit.repeat(64);
let taskFolder: string;
let stage: string;
let cropped: string;
let plans: Plans;
let reporter: ReturnType<typeof listener>;

beforeEach(() => {
  const root = temporaryFolder();
  taskFolder = join(root, 'prepared');
  stage = join(taskFolder, NAME);
  cropped = join(root, 'cropped');
  for (const folder of [taskFolder, cropped]) mkdirSync(folder);
  plans = tinyPlans([8, 8, 8]);
  reporter = listener();
  work.sourcesToPrepare.mockReset().mockImplementation(async (_, id, settings) => ({ case: id, ...settings }));
  work.preprocessTask.mockReset().mockImplementation(async ({ cases, outFolder, madeFrom, onProgress }) => {
    expect(await readMadeFrom(outFolder)).toMatchObject({ unfinished: 3 });
    for (const [i, id] of cases.entries()) {
      const content = {
        data: new Float32Array(48),
        shape: [2, ...shape] as [number, number, number, number],
        locations: {},
      };
      await writePreparedCase(outFolder, id, { ...content, properties: { ...properties, made_from: madeFrom[id] } });
      onProgress({ id, done: i + 1 });
    }
  });
});

const prepare = (more: Partial<PrepareStageOptions> = {}) =>
  prepareStage({
    plans,
    stage: 0,
    cases: ['a', 'b', 'c'],
    croppedFolder: cropped,
    taskFolder,
    workers: 2,
    reporter,
    ...more,
  });
/** The cases of the last preparation. */
const prepared = (): string[] => work.preprocessTask.mock.lastCall![0].cases;
const check = (folder: string | null = cropped) => checkStage(plans, 0, taskFolder, folder);

it('prepares the cases that are missing or were made from others, and tells which are kept', async () => {
  await writeMadeFrom(cropped, { sources: { x: sum('a') } });
  expect(await prepare()).toBe(stage);
  expect(work.preprocessTask.mock.calls[0]![0]).toMatchObject({
    croppedFolder: cropped,
    outFolder: stage,
    plans,
    stage: 0,
    cases: ['a', 'b', 'c'],
    workers: 2,
  });
  expect(reporter.messages).toEqual([]);
  expect(reporter.progressed).toEqual(
    ['a', 'b', 'c'].map((note, i) => ({ what: `preprocessing ${NAME}`, done: i + 1, total: 3, note })),
  );
  expect(await check()).toBeNull();
  work.sourcesToPrepare.mockImplementation(async (_, id, settings) => ({ case: id === 'b' ? 'new' : id, ...settings }));
  await prepare();
  expect(prepared()).toEqual(['b']);
  expect(reporter.messages).toEqual([`${NAME}: 2 of 3 cases are already preprocessed and are kept`]);
  expect(reporter.progressed.at(-1)).toMatchObject({ done: 3, total: 3, note: 'b' });
  await prepare();
  expect(prepared()).toEqual([]);
});

it('removes cases that are gone and what a killed process has left, and nothing else', async () => {
  await prepare();
  await writeMadeFrom(stage, { sources: {} });
  for (const name of ['d.npy', 'd_locations.npy', 'd.json', 'e.npz', '.a.npy.0123456789ab.tmp', 'notes.txt'])
    writeFileSync(join(stage, name), '');
  await prepare();
  const left = readdirSync(stage).filter((name) => !/^[abc](_locations)?\.(npy|json)$/.test(name));
  expect(left.sort()).toEqual(['made-from.json', 'notes.txt']);
  expect(prepared()).toEqual([]);
});

it('prepares all again for another setting that decides the arrays, and for no other', async () => {
  await prepare();
  const again = async (change: Partial<Plans>) => {
    plans = { ...plans, ...change };
    await prepare();
    return prepared().length;
  };
  const [first] = Object.values(plans.plans_per_stage);
  expect(await again({ plans_per_stage: { 0: { ...first!, patch_size: [16, 8, 8], batch_size: 7 } } })).toBe(0);
  expect(await again({ base_num_features: 8 })).toBe(0);
  for (const change of [
    { normalization_schemes: { 0: 'noNorm' as const } },
    { use_mask_for_norm: { 0: true } },
    { transpose_forward: [1, 0, 2] },
    { preprocessor_name: 'PreprocessorFor3D_NoResampling' },
    { all_classes: [1, 2, 3] },
    { modalities: { 0: 'CT' } },
    { plans_per_stage: { 0: { ...first!, current_spacing: [2, 1, 1] } } },
  ])
    expect(await again(change), JSON.stringify(change)).toBe(3);
  const plugin = join(taskFolder, 'mine.mjs');
  writeFileSync(plugin, '1');
  const preprocessors = shippedPreprocessors.withModule(plugin, {});
  await prepare({ preprocessors });
  expect(prepared()).toHaveLength(3);
  await prepare({ preprocessors });
  expect(prepared()).toHaveLength(0);
  writeFileSync(plugin, '2');
  await prepare({ preprocessors });
  expect(prepared()).toHaveLength(3);
});

it('removes nothing for a preprocessor that is not known, or where it is stopped', async () => {
  await prepare();
  writeFileSync(join(stage, 'd.npy'), '');
  const other = { ...plans, preprocessor_name: 'Mine' };
  await expect(prepare({ plans: other })).rejects.toThrow(/Mine/);
  expect(readdirSync(stage)).toContain('d.npy');
  await expect(prepare({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  expect(work.preprocessTask).toHaveBeenCalledTimes(1);
});

it('compares a stage with the cropped cases and the plans of today', async () => {
  await expect(check()).rejects.toMatchObject({ tag: 'missing-file', where: stage });
  await writeMadeFrom(cropped, { sources: { x: sum('a') } });
  await prepare();
  // Where the cropped cases are not on this machine, the plans alone are compared.
  for (const folder of [null, join(taskFolder, 'none')]) expect(await check(folder)).toBeNull();
  await writeMadeFrom(cropped, { sources: { x: sum('b') } });
  await expect(check()).rejects.toThrow(/changed: cropped cases/);
  expect(await check(null)).toBeNull();
  await writeMadeFrom(cropped, { sources: { x: sum('a') }, unfinished: 2 });
  await expect(check()).rejects.toMatchObject({ tag: 'unfinished', where: cropped });
  plans = { ...plans, transpose_forward: [2, 1, 0] };
  await expect(check(null)).rejects.toThrow(/changed: plans/);
});

it('takes cropped cases without a record, as of v1', async () => {
  await prepare();
  expect(await check()).toBeNull();
  expect((await readMadeFrom(stage))!.sources).not.toHaveProperty('cropped cases');
  await writeCaseProperties(join(stage, 'a.json'), properties);
  await prepare();
  expect(prepared()).toEqual(['a']);
});
