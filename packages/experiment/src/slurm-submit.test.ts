import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import type { Job } from './job.ts';
import type { SlurmClient } from './slurm-client.ts';
import { cancelJobs, queueOf, type SubmitOptions, submitJobs } from './slurm-submit.ts';

const job = (id: string, array: string, index: number, after: string[] = []): Job => ({
  ...{ id, kind: 'train', after, array: { name: array, index } },
});
const jobs = [
  job('prepare', 'prepare', 0),
  ...[0, 1].map((fold) => job(`train-${fold}`, 'train', fold, ['prepare'])),
  job('choose', 'choose', 0, ['train-0', 'train-1']),
];
const all = ['prepare', 'train-0', 'train-1', 'choose'];

/** A made-up Slurm, whose queue is a list of rows. */
class Queue {
  readonly calls: string[] = [];
  rows: string[] = [];
  refuse: RegExp | null = null;
  #next = 101;

  readonly call: SlurmClient = async (program, args) => {
    const line = [program, ...args.map((arg) => arg.replace(/^\/.*\//, ''))].join(' ');
    if (this.refuse?.test(line)) return { code: 1, output: '', errors: `${program}: error: Invalid partition\n` };
    if (program === 'sacct') return { code: 1, output: '', errors: 'Slurm accounting storage is disabled\n' };
    if (program === 'squeue') return { code: 0, output: this.rows.join('\n'), errors: '' };
    this.calls.push(line);
    return { code: 0, output: program === 'sbatch' ? `${this.#next++};cluster\n` : '', errors: '' };
  };
}

function setting() {
  const queue = new Queue();
  const folder = join(temporaryFolder(), 'slurm');
  const said: string[] = [];
  const script: SubmitOptions['script'] = {
    ...{ task: 'Task501_Liver', experiment: 'mine', folder, sbatch: {}, program: ['nnUNet_run'], environment: {} },
    resourcesOf: () => ({}),
    commandOf: () => 'nnUNet_train',
  };
  const submit = (missing: string[], running: Record<string, string> = {}) =>
    submitJobs({
      ...{
        jobs,
        missing: new Set(missing),
        running: new Map(Object.entries(running)),
        script,
        call: queue.call,
        user: 'me',
        host: 'login1',
      },
      onLog: (text) => said.push(text),
    });
  const record = () => JSON.parse(readFileSync(join(folder, 'submitted.json'), 'utf8'));
  return { queue, folder, submit, said, record };
}

it('submits every array once, with its dependencies, and writes down what it submitted', async () => {
  const { queue, folder, submit, record } = setting();
  const { submitted } = await submit(all);
  expect(queue.calls).toEqual([
    'sbatch --parsable prepare.sh',
    'sbatch --parsable --dependency=afterok:101 train.sh',
    'sbatch --parsable --dependency=afterok:102 choose.sh',
  ]);
  expect(record()).toEqual(submitted);
  expect(submitted[1]).toMatchObject({
    ...{ slurmId: '102', name: 'nnunet-Task501_Liver-mine-train', dependency: 'afterok:101' },
    ...{ script: join(folder, 'train.sh'), user: 'me', host: 'login1' },
    tasks: [
      { index: 0, job: 'train-0' },
      { index: 1, job: 'train-1' },
    ],
  });
  expect(readFileSync(join(folder, 'train.sh'), 'utf8')).toContain('#SBATCH --array=0-1\n');
  expect(readFileSync(join(folder, 'submit.sh'), 'utf8')).toContain('--dependency=afterok:"$prepare" train.sh');
});

it('submits nothing twice: what is queued or running is left alone, and awaited', async () => {
  const { queue, submit, record } = setting();
  await submit(all);
  queue.calls.length = 0;
  queue.rows = ['101|COMPLETED|None||N/A|', '102_0|RUNNING|None|n|N/A|', '102_1|FAILED|x||N/A|'];
  queue.rows.push('103|CANCELLED|DependencyNeverSatisfied||N/A|');
  const { queued } = await submit(['train-0', 'train-1', 'choose']);
  expect([...queued.keys()]).toEqual(['train-0']);
  expect(queue.calls).toEqual([
    'sbatch --parsable train.sh',
    'sbatch --parsable --dependency=afterok:102_0,afterok:104 choose.sh',
  ]);
  expect(record()).toHaveLength(5);
  queue.calls.length = 0;
  queue.rows = ['102_0|RUNNING|None|n|N/A|', '104_1|PENDING|Priority||N/A|', '105|PENDING|Dependency||N/A|'];
  await submit(['train-0', 'train-1', 'choose']);
  expect(queue.calls).toEqual([]);
});

it('refuses to submit what runs elsewhere', async () => {
  const { queue, submit } = setting();
  const outside = { 'train-0': 'by process 7 on host2' };
  await expect(submit(all, outside)).rejects.toThrow(
    /train-0 is running outside of Slurm: by process 7 on host2[\s\S]*Wait until/,
  );
  await submit(all);
  queue.rows = ['102_0|RUNNING|None|n|N/A|', '102_1|PENDING|None||N/A|', '103|PENDING|Dependency||N/A|'];
  queue.calls.length = 0;
  await submit(['train-0', 'train-1', 'choose'], outside);
  expect(queue.calls).toEqual([]);
});

it('replaces what still waits for a task that has failed', async () => {
  const { queue, submit } = setting();
  await submit(all);
  queue.calls.length = 0;
  queue.rows = ['102_0|COMPLETED|None|n|N/A|', '102_1|FAILED|x||N/A|', '103|PENDING|Dependency||N/A|'];
  await submit(['train-1', 'choose']);
  expect(queue.calls).toEqual([
    'scancel 103',
    'sbatch --parsable train.sh',
    'sbatch --parsable --dependency=afterok:104 choose.sh',
  ]);
});

it('cancels what it has submitted if a later call is refused', async () => {
  const { queue, submit, said, record } = setting();
  queue.refuse = /choose/;
  await expect(submit(all)).rejects.toThrow(/sbatch failed: sbatch: error: Invalid partition/);
  expect(queue.calls.at(-1)).toBe('scancel 101 102');
  expect(said).toEqual(['the jobs that were submitted before the error are cancelled: 101 102']);
  expect(record()).toEqual([]);
  queue.refuse = /choose|scancel/;
  await expect(submit(all)).rejects.toThrow(/Invalid partition/);
  expect(said[1]).toMatch(/could not be cancelled \(scancel failed: .*Invalid partition.*\): scancel 103 104$/s);
});

it('cancels all of an experiment that is queued or running, and tells the state of all', async () => {
  const { queue, folder, submit } = setting();
  expect(await cancelJobs(folder, queue.call)).toEqual([]);
  await submit(all);
  queue.calls.length = 0;
  queue.rows = ['101|COMPLETED|None||N/A|', '102_0|RUNNING|None|n|N/A|', '102_1|TIMEOUT|x||N/A|'];
  queue.rows.push('103|PENDING|Dependency||N/A|');
  const states = await queueOf(folder, queue.call);
  expect([...states].map(([id, { state }]) => `${id} ${state}`)).toEqual([
    ...['prepare COMPLETED', 'train-0 RUNNING', 'train-1 TIMEOUT', 'choose PENDING'],
  ]);
  expect(await cancelJobs(folder, queue.call)).toEqual(['train-0', 'choose']);
  expect(queue.calls).toEqual(['scancel 102_0 103']);
});
