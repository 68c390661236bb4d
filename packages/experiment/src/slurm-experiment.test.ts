import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import type { Experiment } from './experiment.ts';
import type { Job } from './job.ts';
import type { JobState } from './job-states.ts';
import type { SlurmClient } from './slurm-client.ts';
import { submitExperiment, withQueue } from './slurm-experiment.ts';

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

/** Jobs of an experiment, in the given states. */
function experimentOf(slurmFolder: string, given: Record<string, JobState>): Experiment {
  const jobs = Object.keys(given).map((id) => ({ id, kind: 'train', after: [], array: { name: id, index: 0 } }));
  return {
    ...{ jobs, settings: { task: 'Task501_Liver', name: 'mine', sbatch: {} } },
    folder: { slurmFolder },
    ...{ states: async () => new Map(Object.entries(given)), write: async () => undefined },
    job: (id: string) => jobs.find((job) => job.id === id),
    command: () => ({ program: 'nnUNet_train', arguments: ['2d'] }),
  } as unknown as Experiment;
}

it('submits what is neither done nor unneeded, with memory to spare', async () => {
  const folder = join(temporaryFolder(), 'slurm');
  const calls: string[] = [];
  const call: SlurmClient = async (program, args) => {
    calls.push([program, ...args].join(' '));
    return { code: 0, output: '7\n', errors: '' };
  };
  const options = { call, program: ['run'], environment: { RESULTS_FOLDER: '/r' } };
  // 1.3 x 2000 MiB and 256 MiB are 2856 MiB; memory is asked for in steps of 256 MiB.
  const estimates = new Map([['open', { seconds: 1, memory: 2000 * 2 ** 20, threads: 20 }]]);
  const states: Record<string, JobState> = {
    ...{ done: { status: 'done' }, unneeded: { status: 'not needed' }, open: { status: 'failed' } },
  };
  await submitExperiment(experimentOf(folder, states), { ...options, estimates });
  expect(calls).toEqual([`sbatch --parsable ${join(folder, 'open.sh')}`]);
  const script = readFileSync(join(folder, 'open.sh'), 'utf8');
  for (const line of ['#SBATCH --cpus-per-task=8', '#SBATCH --mem=3072M', `#SBATCH --output="${folder}/open.log"`])
    expect(script).toContain(`${line}\n`);
  const refusal = new NnUNetError('other-settings', { what: 'finished with other epochs' });
  const refused = experimentOf(folder, { open: { status: 'failed', refusal } });
  await expect(submitExperiment(refused, { ...options, estimates })).rejects.toThrow('finished with other epochs');
});
