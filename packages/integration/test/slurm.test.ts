import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '@nnunet/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectRefusal, expectSuccess, filesBelow, prepareDemo, runCommand } from './commands.ts';
import { type PrivateSlurm, startSlurm, whyNoSlurm } from './private-slurm.ts';

const reason = whyNoSlurm();
if (reason !== null) console.warn(`skipped: an experiment by Slurm. ${reason}`);

const root = temporaryFolder();
const experiment = join(root, 'nnUNet_results/nnUNet/experiments/Task004_Hippocampus/short');
let slurm: PrivateSlurm;
beforeAll(async () => {
  if (reason === null) slurm = await startSlurm(temporaryFolder());
});
afterAll(() => slurm?.stop());

const run = (...args: string[]) =>
  runCommand('nnUNet_run', ['-t', '4', '--name', 'short', '--root', root, ...args], slurm.environment);
const experimentLine = [
  ...[
    '-m',
    '2d',
    '--folds',
    '0',
    '1',
    '--epochs',
    '2',
    '--iterations_per_epoch',
    '2',
    '--val_iterations_per_epoch',
    '1',
  ],
  ...['--batch_size', '2', '-tl', '1', '-tf', '1', '--on', 'slurm', '--sbatch', '--mem=1500M --cpus-per-task=1'],
];
const submit = () => expectSuccess(run(...experimentLine)).stdout.match(/^submitted: .*$/gm) ?? [];
const status = () => expectSuccess(run('--status')).stdout;
/** Ids in the queue of jobs of an array, of the states. */
const queued = (array: string, states: string) =>
  slurm
    .call('squeue', '--noheader', '--array', `--states=${states}`, '--format=%i %j')
    .split('\n')
    .filter((line) => line.endsWith(`-short-${array}`))
    .map((line) => line.split(' ')[0]!)
    .sort();
const attempts = (job: string) =>
  JSON.parse(readFileSync(join(experiment, 'jobs', `${job}.json`), 'utf8')).attempts.map(
    ({ outcome }: { outcome: string }) => outcome,
  );

async function until(condition: () => boolean): Promise<void> {
  for (let seconds = 0; !condition(); seconds += 0.3) {
    if (seconds > 240) throw new Error(`waited in vain:\n${slurm.call('squeue', '--states=all')}\n${status()}`);
    await delay(300);
  }
}
const untilQueueIsEmpty = () => until(() => slurm.call('squeue', '--noheader').trim() === '');

it.skipIf(reason !== null)(
  'Slurm runs an experiment that is warned of a time limit and loses a job, and the same line finishes it',
  async () => {
    prepareDemo(root);
    expect(submit()).toHaveLength(3);
    expect(submit()).toEqual([]);

    await until(() => queued('train-2d', 'RUNNING').length === 2);
    const [first, second] = queued('train-2d', 'RUNNING') as [string, string];
    expect([first, second].map((id) => id.replace(/^\d+/, ''))).toEqual(['_0', '_1']);
    // So Slurm warns a job of its end (--signal=B:USR1@…).
    await until(() => filesBelow(join(experiment, 'jobs')).includes('train-2d-fold_0.json'));
    slurm.call('scancel', '--signal=USR1', '--batch', first);
    slurm.call('scancel', second);
    await until(() => queued('train-2d', 'PENDING').join() === first);
    await until(() => /^cancelled: .*: train-2d-fold_1\b/m.test(status()));
    slurm.call('scontrol', 'update', `JobId=${first}`, 'StartTime=now');
    await untilQueueIsEmpty();
    expect(attempts('train-2d-fold_0')).toEqual(['interrupted', 'done']);
    expect(status()).toMatch(/report +cancelled/);

    expect(submit().map((line) => line.replace(/^\S+ \d+ \S+-short-/, ''))).toEqual([
      ...['train-2d, 1 job', 'report, 1 job'],
    ]);
    await untilQueueIsEmpty();
    expect(attempts('train-2d-fold_0')).toEqual(['interrupted', 'done']);
    expect(attempts('train-2d-fold_1').at(-1)).toBe('done');
    expect(status()).toMatch(/train-2d +|2d +done \S+ +done/);
    expect(run(...experimentLine).stdout).toMatch(/everything is done/);
  },
  600_000,
);

it.skipIf(reason !== null)('options that Slurm refuses end the line with its words, and leave nothing behind', () => {
  const refused = run('--name', 'other', ...experimentLine.slice(0, -1), '--partition=nowhere');
  expectRefusal(refused, 1, /sbatch failed: .*invalid partition/i, /Correct the options of sbatch/);
  expect(slurm.call('squeue', '--noheader').trim()).toBe('');
});
