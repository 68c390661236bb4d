import { NnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { loadQuickModel } from './quick-model.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ loadModel: vi.fn(), calibrateFold: vi.fn(), dispose: vi.fn() }));
vi.mock('@nnunet/inference/node', () => work);
vi.mock('@nnunet/trainer/node/internal', () => work);

/** What a model says of its integers before and after the calibration. */
const before = { ranges: null, reason: 'not calibrated', uncalibrated: [1, 'all'] };
const after = { ranges: [], reason: '8-bit integers', uncalibrated: [] };

let reporter: ReturnType<typeof listener>;
const prepared = temporaryFolder();
const load = { folds: [1, 'all'] as const, compute: { threads: 1 } };
const run = (preprocessedFolder: string | null = prepared, signal?: AbortSignal) =>
  loadQuickModel('model', load, { preprocessedFolder, compute: load.compute, reporter, signal });

beforeEach(() => {
  for (const one of Object.values(work)) one.mockReset();
  reporter = listener();
  work.calibrateFold.mockResolvedValue(null);
  for (const integers of [before, after]) work.loadModel.mockResolvedValueOnce({ integers, dispose: work.dispose });
});

it('calibrates folds once that have not been, within two minutes together, and loads the model again', async () => {
  work.calibrateFold.mockImplementation(async ({ onProgress }) => {
    onProgress({ done: 2, total: 6 });
    return null;
  });
  expect((await run()).integers).toBe(after);
  expect(work.calibrateFold.mock.calls).toMatchObject([
    [{ preprocessedFolder: prepared, modelFolder: 'model', fold: 1, seconds: 60, compute: { threads: 1 } }],
    [{ fold: 'all', seconds: 60 }],
  ]);
  expect(reporter.progressed).toEqual([
    { what: 'calibrating fold_1 for 8-bit integers', done: 2, total: 6 },
    { what: 'calibrating all for 8-bit integers', done: 2, total: 6 },
  ]);
  const loaded = ['model', { ...load, integers: true }];
  expect(work.loadModel.mock.calls).toEqual([loaded, loaded]);
  expect(work.dispose).toHaveBeenCalledTimes(1);
  expect(reporter.messages).toEqual(['8-bit integers']);
});

it('does not without prepared data', async () => {
  expect((await run(null)).integers).toBe(before);
  expect(reporter.messages).toEqual(['not calibrated']);
  work.loadModel.mockReset().mockResolvedValue({ integers: before, dispose: work.dispose });
  await run('/nowhere/Task001_None');
  expect(reporter.messages[1]).toBe('not calibrated (the prepared data of its task are not here)');
  expect(work.calibrateFold).not.toHaveBeenCalled();
});

it('does not where all folds are calibrated', async () => {
  work.loadModel.mockReset().mockResolvedValue({ integers: after });
  await run();
  expect(work.loadModel).toHaveBeenCalledTimes(1);
  expect(work.calibrateFold).not.toHaveBeenCalled();
});

it.each([
  ['says why', async () => 'this network has no 8-bit form', 'this network has no 8-bit form'],
  [
    'says what is missing',
    () => Promise.reject(new NnUNetError('missing-file', { what: 'there are no cases', remedy: 'R.' })),
    'there are no cases',
  ],
  [
    'says where',
    () =>
      Promise.reject(new NnUNetError('no-access', { what: 'access is denied', where: '/model/fold_0', remedy: 'R.' })),
    '/model/fold_0: access is denied',
  ],
  ['says what broke', () => Promise.reject(new Error('no kernel')), 'no kernel'],
])('predicts in floating point where a fold cannot be calibrated, and %s', async (_, result, obstacle) => {
  work.calibrateFold.mockImplementation(result);
  work.loadModel.mockReset().mockResolvedValue({ integers: before, dispose: work.dispose });
  expect((await run()).integers).toBe(before);
  expect(work.calibrateFold).toHaveBeenCalledTimes(1);
  expect(reporter.messages).toEqual([`not calibrated (${obstacle})`]);
});

it('stops when it is interrupted', async () => {
  const stop = new AbortController();
  work.calibrateFold.mockImplementation(async () => {
    stop.abort(new Error('Ctrl-C'));
    throw new Error('somewhere inside');
  });
  await expect(run(prepared, stop.signal)).rejects.toThrow('Ctrl-C');
});
