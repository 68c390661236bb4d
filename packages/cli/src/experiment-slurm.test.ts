import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attempt, Experiment, JobState } from '@nnunet/experiment';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import type { CommandContext } from './command.ts';
import { recordEachTest } from './command-line.fixture.ts';
import { cancelOnSlurm, runSlurmJob, statesOnSlurm } from './experiment-slurm.ts';

recordEachTest();
beforeEach(() => {
  // A job that knows its end need not ask for it.
  const now = Math.round(Date.now() / 1000);
  vi.stubEnv('SLURM_JOB_ID', '7');
  vi.stubEnv('SLURM_JOB_START_TIME', String(now));
  vi.stubEnv('SLURM_JOB_END_TIME', String(now + 3600));
  // The programs of Slurm are not here.
  vi.stubEnv('PATH', '');
});

/** An experiment of two jobs, of which the first is done. They were submitted as array 12, with one that it no longer has. */
function experimentWith(attempt: Partial<Attempt> = {}): Experiment {
  const slurmFolder = join(temporaryFolder(), 'slurm');
  mkdirSync(slurmFolder);
  const tasks = ['done', 'open', 'former'].map((job, index) => ({ index, job }));
  const submitted = { slurmId: '12', name: 'n', dependency: null, script: 's', time: 't', user: 'u', host: 'h', tasks };
  writeFileSync(join(slurmFolder, 'submitted.json'), JSON.stringify([submitted]));
  const jobs = tasks.slice(0, 2).map(({ job }) => ({ id: job, kind: 'predict', after: [] }));
  const states = new Map<string, JobState>([
    ['done', { status: 'done' }],
    ['open', { status: 'waiting' }],
  ]);
  return {
    ...{ jobs, job: () => jobs[1], states: async () => states, progress: async () => '' },
    folder: { slurmFolder, logFile: (job: string) => `${job}.log` },
    run: async () => attempt.outcome,
    record: async () => ({ job: 'open', attempts: [{ exitCode: 9, signal: null }, attempt] }),
  } as unknown as Experiment;
}

/** Runs the open job in a Slurm job, and returns the exit code that it leaves. */
async function exitCodeOf(attempt: Partial<Attempt>): Promise<unknown> {
  process.exitCode = undefined;
  const { signal } = new AbortController();
  const context = { print: () => {}, reporter: { message: () => {} }, signal } as unknown as CommandContext;
  const end = await runSlurmJob(experimentWith(attempt), 'open', context).catch((error: Error) => error.message);
  if (attempt.outcome === 'failed') expect(end).toMatch(/^open\.log: open failed\n.*again\.$/);
  else expect(end).toBeUndefined();
  return process.exitCode;
}

it('passes on how the command of a job ended', async () => {
  const bin = temporaryFolder();
  writeFileSync(join(bin, 'squeue'), '#!/bin/sh\necho "RUNNING|None"\n', { mode: 0o755 });
  vi.stubEnv('PATH', bin);
  expect(await exitCodeOf({ outcome: 'done', exitCode: 0, signal: null })).toBeUndefined();
  expect(await exitCodeOf({ outcome: 'failed', exitCode: 2, signal: null })).toBe(2);
  expect(await exitCodeOf({ outcome: 'failed', exitCode: null, signal: 'SIGKILL' })).toBe(137);
  expect(await exitCodeOf({ outcome: 'interrupted', exitCode: 143, signal: null })).toBe(143);
});

it('tells what the disk says where Slurm cannot be asked, and which jobs cannot be cancelled', async () => {
  const experiment = experimentWith();
  const known = await experiment.states();
  expect(await statesOnSlurm(experiment, known)).toEqual({
    states: known,
    unasked: 'the program squeue is not installed here',
  });
  await expect(cancelOnSlurm(experiment)).rejects.toThrow(
    /is not cancelled, since the program squeue is not installed here; .*: open \(12_1\)\n.*login node.*: scancel 12$/,
  );
  known.set('open', { status: 'not needed' });
  expect(await cancelOnSlurm(experiment)).toEqual([]);
});
