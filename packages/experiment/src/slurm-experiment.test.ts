import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import type { Experiment } from './experiment.ts';
import type { Job } from './job.ts';
import type { JobState } from './job-states.ts';
import type { SlurmClient } from './slurm-client.ts';
import { withQueue } from './slurm-experiment.ts';

/** States of jobs of one array that was submitted as job 1, with a row of squeue for each. */
async function merged(jobs: [JobState, string | null][]): Promise<JobState[]> {
  const slurmFolder = join(temporaryFolder(), 'slurm');
  mkdirSync(slurmFolder);
  const tasks = jobs.map((_, index) => ({ index, job: `job-${index}` }));
  const submitted = { slurmId: '1', name: 'n', dependency: null, script: 's.sh', time: 't', user: 'u', host: 'h' };
  writeFileSync(join(slurmFolder, 'submitted.json'), JSON.stringify([{ ...submitted, tasks }]));
  const rows = jobs.flatMap(([, row], index) => (row === null ? [] : [`1_${index}|${row}`]));
  const call: SlurmClient = async (program) => ({
    code: program === 'squeue' ? 0 : 1,
    output: rows.join('\n'),
    errors: '',
  });
  const states = new Map(jobs.map(([state], index) => [`job-${index}`, state]));
  const experiment = { folder: { slurmFolder }, jobs: [] as Job[] } as unknown as Experiment;
  return [...(await withQueue(experiment, states, call)).values()];
}

it('adds to the states on the disk what Slurm knows better', async () => {
  const failed: JobState = { status: 'failed', remark: 'exit code 1', lastLines: ['l'], remedy: 'r' };
  const states = await merged([
    [{ status: 'done', dice: 0.5 }, 'RUNNING|None|n|N/A|1:00'],
    [{ status: 'waiting' }, 'PENDING|Priority||N/A|1:00'],
    [failed, 'PENDING|Priority||N/A|1:00'],
    [{ status: 'running', remark: 'epoch 3' }, 'RUNNING|None|n|N/A|1:00'],
    [{ status: 'waiting' }, 'CANCELLED|None||N/A|1:00'],
    [{ status: 'cancelled', remark: 'job-2 failed' }, 'CANCELLED|DependencyNeverSatisfied||N/A|1:00'],
    [failed, 'FAILED|NonZeroExitCode||N/A|1:00'],
    [failed, 'OUT_OF_MEMORY|OutOfMemory||N/A|1:00'],
    [{ status: 'waiting' }, 'FAILED|NonZeroExitCode||N/A|1:00'],
    [failed, null],
    [{ status: 'waiting' }, 'COMPLETED|None||N/A|1:00'],
  ]);
  expect(states).toEqual([
    { status: 'done', dice: 0.5 },
    { status: 'waiting', remark: 'Slurm job 1_1: other jobs come first' },
    { status: 'waiting', remark: 'Slurm job 1_2: other jobs come first' },
    { status: 'running', remark: 'epoch 3 (Slurm job 1_3, 1:00 left of its time)' },
    { status: 'cancelled', remark: 'Slurm job 1_4: cancelled' },
    { status: 'cancelled', remark: 'job-2 failed' },
    failed,
    { ...failed, remark: expect.stringContaining('needed more memory than it had') },
    { status: 'failed', remark: 'Slurm job 1_8: FAILED (NonZeroExitCode)', remedy: 'Type the same line again.' },
    failed,
    { status: 'waiting' },
  ]);
});

it('leaves the refusal of results that are not as asked, whatever waits', async () => {
  const refusal = Object.assign(new Error('other settings'), { tag: 'other-settings' });
  const refused = { status: 'failed', remark: 'finished, but not as asked', refusal } as unknown as JobState;
  expect(await merged([[refused, 'PENDING|Dependency||N/A|1:00']])).toEqual([refused]);
});
