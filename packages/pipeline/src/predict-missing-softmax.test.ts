import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { writePlans } from '@nnunet/store';
import { writeValidationRecord } from '@nnunet/store/internal';
import { temporaryFolder, tinyPlans } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { type PredictMissingOptions, predictMissingSoftmax } from './predict-missing-softmax.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ validateFold: vi.fn(), previousStageFolder: vi.fn() }));
vi.mock('@nnunet/trainer/node', () => work);
vi.mock('./previous-stage.ts', () => work);

const TASK = 'Task007_Made';
let options: PredictMissingOptions;
let reporter: ReturnType<typeof listener>;
let prepared: string;
let validation: string;
let modelFolder: string;

beforeEach(() => {
  const root = temporaryFolder();
  modelFolder = join(root, 'model');
  validation = join(modelFolder, 'fold_2/validation_raw');
  mkdirSync(validation, { recursive: true });
  const roots = resolveRoots({ root, env: {} });
  prepared = join(roots.preprocessed!, TASK);
  reporter = listener();
  options = {
    roots,
    lowresTrainer: 'L',
    compute: { device: 'cuda' },
    workers: 3,
    reporter,
    signal: new AbortController().signal,
  };
  work.validateFold.mockReset().mockImplementation(async ({ onLog, onProgress }) => {
    onLog('a line');
    onProgress({ caseId: 'b', casesDone: 1, cases: 3, share: 0.2, secondsLeft: 8 });
  });
  work.previousStageFolder.mockReset().mockResolvedValue('previous');
});

/** Predicts what fold 2 lacks, and returns what the validation was asked for. */
async function predictMissing(configuration = '2d') {
  const missing = { configuration, task: TASK, fold: 2, cases: ['a', 'b'], validationFolder: 'validation_raw' };
  await predictMissingSoftmax({ ...missing, plans: 'P', trainer: 'T', modelFolder }, options);
  return work.validateFold.mock.lastCall![0];
}

it('predicts the cases that have no probabilities, and those alone', async () => {
  await expect(predictMissing()).rejects.toMatchObject({ tag: 'missing-prepared', where: prepared });
  mkdirSync(prepared, { recursive: true });
  await expect(predictMissing()).rejects.toMatchObject({ tag: 'missing-validation', where: validation });
  writeFileSync(join(validation, 'summary.json'), '{}');
  const asked = await predictMissing();
  expect(asked).toMatchObject({
    preprocessedFolder: prepared,
    modelFolder,
    task: TASK,
    fold: 2,
    validationFolder: 'validation_raw',
    overwrite: false,
    saveProbabilities: true,
    predictNextStage: false,
    previousStageFolder: undefined,
    compute: { device: 'cuda' },
    workers: 3,
    signal: options.signal,
  });
  for (const name of ['checkpoint', 'mirroring', 'stepSize', 'gaussian']) expect(asked).not.toHaveProperty(name);
  expect(reporter.messages).toEqual([
    'predicting 2 validation cases of fold 2 of 2d again to obtain their probabilities',
    'a line',
  ]);
  expect(reporter.progressed).toEqual([
    { what: 'predicting fold 2 of 2d again', done: 1, total: 3, note: 'b', secondsLeft: 8 },
  ]);
  expect(work.previousStageFolder).not.toHaveBeenCalled();
});

it('looks for the stage before of a cascade', async () => {
  mkdirSync(prepared, { recursive: true });
  writeFileSync(join(validation, 'summary.json'), '{}');
  const plans = tinyPlans([16, 16, 8]);
  const stage = plans.plans_per_stage[0];
  await writePlans(join(prepared, 'P_plans_3D.json'), {
    ...plans,
    num_stages: 2,
    plans_per_stage: { 0: stage, 1: stage },
  });
  expect(await predictMissing('3d_cascade_fullres')).toMatchObject({ previousStageFolder: 'previous' });
  expect(work.previousStageFolder.mock.calls).toEqual([
    [
      {
        roots: options.roots,
        task: TASK,
        trainer: 'L',
        plansIdentifier: 'P',
        plans: expect.objectContaining({ num_stages: 2 }),
      },
    ],
  ]);
});

it.each([
  [
    { do_mirroring: false, step_size: 0.3, use_gaussian: true },
    { mirroring: false, stepSize: 0.3, gaussian: true },
  ],
  [
    { do_mirroring: true, step_size: 1, use_gaussian: false },
    { mirroring: true, stepSize: 1, gaussian: false },
  ],
  [{ do_mirroring: 1, step_size: '0.3', use_gaussian: null }, {}],
  [{ step_size: 0 }, {}],
  [{ step_size: 1.01 }, {}],
  [{ step_size: -0.5 }, {}],
])('predicts as the fold was validated: with %j', async (args, expected) => {
  mkdirSync(prepared, { recursive: true });
  writeFileSync(join(validation, 'summary.json'), '{}');
  await writeValidationRecord(validation, { model: null, args });
  const { mirroring, stepSize, gaussian, checkpoint } = await predictMissing();
  expect({ mirroring, stepSize, gaussian, checkpoint }).toEqual({
    mirroring: undefined,
    stepSize: undefined,
    gaussian: undefined,
    checkpoint: undefined,
    ...expected,
  });
});
