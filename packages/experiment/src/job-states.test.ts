import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { loadExtensions } from '@nnunet/pipeline';
import { resolveRoots } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { acquireLock } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it } from 'vitest';
import type { ExperimentContext } from './experiment-context.ts';
import { ExperimentFolder } from './experiment-folder.ts';
import { foldFolder } from './experiment-models.ts';
import { type Attempt, readJobRecord, writeJobRecord } from './job-record.ts';
import { locksOfTrainings, readJobStates } from './job-states.ts';
import { planJobs } from './plan-jobs.ts';
import { facts, settingsWith } from './settings.fixture.ts';
import { statesInWords } from './states-in-words.ts';

let context: ExperimentContext;
let folder: ExperimentFolder;

/** An experiment of two trainings and their comparison, of which nothing is done. */
beforeEach(async () => {
  const roots = resolveRoots({ root: temporaryFolder(), env: {} });
  const settings = settingsWith({ configurations: ['2d'] });
  folder = new ExperimentFolder(roots, settings);
  await folder.create();
  const twoFolds = { ...facts, folds: [0, 1] };
  context = {
    roots,
    settings,
    extensions: await loadExtensions([]),
    folder,
    facts: twoFolds,
    jobs: planJobs(settings, twoFolds),
    choice: null,
    inCommands: { settings, choice: null, reportFile: folder.reportFile },
    record: (job) => readJobRecord(folder.recordFile(job)),
  };
});

async function attempted(job: string, changes: Partial<Attempt>, log = ''): Promise<void> {
  const begun = { command: '', host: 'node1', pid: 1, started: '2026-01-02T03:04:05Z' };
  const attempt = { ...begun, ended: null, exitCode: null, signal: null, outcome: null, ...changes };
  await writeJobRecord(folder.recordFile(job), { job, attempts: [attempt] });
  writeFileSync(folder.logFile(job), log);
}

it('tells what runs, what failed and why, and what waits for it', async () => {
  await attempted('train-2d-fold_0', { outcome: 'failed', exitCode: 1 }, 'epoch 1\nerror: the disk is full\n');
  await attempted('train-2d-fold_1', {}, 'epoch 3 of 10\n');
  const lock = await acquireLock(folder.jobLockFile('train-2d-fold_1'));
  const states = await readJobStates(context, new Map());
  expect(Object.fromEntries(states)).toMatchObject({
    prepare: { status: 'waiting' },
    'train-2d-fold_0': {
      status: 'failed',
      remark: 'exit code 1',
      lastLines: ['epoch 1', 'error: the disk is full'],
      remedy: `Read ${folder.logFile('train-2d-fold_0')}, correct the cause, and type the same line again.`,
    },
    'train-2d-fold_1': { status: 'running', remark: 'epoch 3 of 10' },
    choose: { status: 'cancelled', remark: 'train-2d-fold_0 failed' },
    report: { status: 'cancelled', remark: 'train-2d-fold_0 failed' },
  });
  const lines = statesInWords(context.jobs, states);
  expect(lines.slice(0, 2)).toEqual(['trainings  fold 0   fold 1', '2d         failed  running']);
  expect(lines).toContain('  | error: the disk is full');
  expect(lines.at(-1)).toBe('cancelled: train-2d-fold_0 failed: choose, report');
  await lock.release();
});

it('lists cancelled jobs by their cause, the first six by name', async () => {
  const jobs = planJobs(context.settings, facts);
  await attempted('prepare', { outcome: 'failed', exitCode: 1 });
  const states = await readJobStates({ ...context, jobs }, new Map());
  expect(statesInWords(jobs, states).at(-1)).toMatch(
    /^cancelled: prepare failed: train-2d-fold_0, .*train-2d-fold_4, choose and 1 more$/,
  );
});

it('shows the last error of a log from its first line on, or else the last lines', async () => {
  const lines = async (log: string) => {
    await attempted('train-2d-fold_0', { outcome: 'failed', exitCode: 1 }, log);
    return (await readJobStates(context, new Map())).get('train-2d-fold_0')!.lastLines;
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `line ${i}`);
  const error = ['nnUNet_train: error: the dataset has faults', ...numbers(20)];
  expect(await lines(['nnUNet_train: error: an earlier one', ...error, ''].join('\n'))).toEqual(error.slice(0, 12));
  expect(await lines(`${numbers(20).join('\n')}\n`)).toEqual(numbers(20).slice(-5));
});

it.each([
  ['goes on without the process that started it', process.pid, 'epoch 3 of 10', true],
  [
    'was started by hand',
    process.pid + 1,
    `by process ${process.pid} on ${hostname()}, which this experiment did not start`,
    false,
  ],
])('tells of a training that %s', async (_, pid, remark, isOurs) => {
  await attempted('train-2d-fold_0', { pid, host: hostname() }, 'epoch 3 of 10\n');
  const fold = foldFolder(context, '2d', 0);
  mkdirSync(fold, { recursive: true });
  const lock = await acquireLock(join(fold, FILE_NAMES.trainingLock));
  const states = await readJobStates(context, new Map());
  expect(states.get('train-2d-fold_0')).toEqual({ status: 'running', remark });
  expect(await locksOfTrainings(context)).toEqual(isOurs ? [lock.path] : []);
  await attempted('train-2d-fold_0', { pid, host: hostname(), batchJob: '7' });
  expect(await locksOfTrainings(context)).toEqual([]);
  await lock.release();
});

it.each<[string, Partial<Attempt>, string, string | undefined]>([
  ['stopped', { outcome: 'interrupted', exitCode: 143 }, 'waiting', undefined],
  [
    'killed for want of memory',
    { outcome: 'failed', signal: 'SIGKILL' },
    'failed',
    'it was killed (SIGKILL), perhaps because memory ran out',
  ],
  ['lost with its machine', {}, 'failed', 'it left no word of its end: it was killed, or node1 stopped'],
])('tells of a training that was %s', async (_, changes, status, remark) => {
  await attempted('train-2d-fold_0', changes);
  const state = (await readJobStates(context, new Map())).get('train-2d-fold_0')!;
  expect([state.status, state.remark]).toEqual([status, remark]);
});

it('takes prepared data for not needed once all is trained, and gives the Dice that is known', async () => {
  const known = new Map(
    ['train-2d-fold_0', 'train-2d-fold_1'].map((id) => [id, { status: 'done' as const, dice: 0.8765 }]),
  );
  const states = await readJobStates(context, known);
  expect(states.get('prepare')!.status).toBe('not needed');
  expect(states.get('choose')!.status).toBe('waiting');
  expect(statesInWords(context.jobs, states)[1]).toBe('2d         done 0.8765  done 0.8765');
});
