import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ExperimentFolder } from '@nnunet/experiment';
import { resolveRoots } from '@nnunet/schema';
import { acquireLock, withLock } from '@nnunet/store';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { recordEachTest, run, said } from './command-line.fixture.ts';

/** Stands for the running of jobs: a signal arrives, and all of them stop in order. */
vi.mock('@nnunet/experiment', async (original) => ({
  ...(await original<object>()),
  runLocally: async () => {
    process.emit('SIGUSR2', 'SIGUSR2');
    return new Map();
  },
}));
recordEachTest();
let folder: ExperimentFolder;
let root: string;
let ask: (question: '--status' | '--cancel') => Promise<unknown>;

/** An experiment of one fold, of which nothing is done. */
beforeEach(async () => {
  root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  const of = { task: 'Task501_Liver', name: 'mine' };
  const raw = join(roots.rawBase!, 'nnUNet_raw_data', of.task);
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const training = ids.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
  const labels = { 0: 'background', 1: 'liver' };
  mkdirSync(raw, { recursive: true });
  writeFileSync(join(raw, 'dataset.json'), JSON.stringify({ modality: { 0: 'CT' }, labels, training }));
  folder = new ExperimentFolder(roots, of);
  await folder.create();
  const models = { trainer: 'nnUNetTrainerV2', cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes', plansIdentifier: 'P' };
  const usual = { configurations: ['2d'], folds: [0], prediction: null, arguments: {}, sbatch: {} };
  writeFileSync(folder.settingsFile, JSON.stringify({ ...of, ...models, ...usual }));
  ask = (question) => run(`nnUNet_run -t 501 --name mine ${question} --root ${root}`);
});

/** Asks to cancel what this process runs; sending it a signal ends so. */
async function cancelRunning(code: string, ended = () => {}): Promise<void> {
  const kill = vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
    if (signal !== 'SIGTERM') return true;
    ended();
    throw Object.assign(new Error(`kill ${code}`), { code });
  });
  await withLock(folder.lockFile, { purpose: 'this experiment' }, () => ask('--cancel'));
  expect(kill).toHaveBeenCalledWith(process.pid, 'SIGTERM');
}

it('cannot stop the process of another user, and says who can', async () => {
  await cancelRunning('EPERM');
  expect(process.exitCode).toBe(1);
  expect(said.complained).toMatch(
    /run\.lock: this experiment is run by another user \(process \d+\), .*\n.*Ask that user/,
  );
});

it('takes a process that has just ended for stopped', async () => {
  await cancelRunning('ESRCH', () => rmSync(folder.lockFile));
  expect(process.exitCode).toBeUndefined();
  expect(said.printed).toMatch(/was asked to save and stop\nstopped; the same line/);
  await ask('--cancel');
  expect(said.printed).toBe('nothing of this experiment is running\n');
});

it('says what the disk tells where Slurm cannot be asked, and what it cannot cancel there', async () => {
  mkdirSync(folder.slurmFolder);
  const tasks = [{ index: null, job: 'train-2d-fold_0' }];
  const submitted = { slurmId: '12', name: 'n', dependency: null, script: 's', time: 't', user: 'u', host: 'h', tasks };
  writeFileSync(join(folder.slurmFolder, 'submitted.json'), JSON.stringify([submitted]));
  vi.stubEnv('PATH', '');
  await ask('--status');
  expect(said.printed).toMatch(
    /2d +waiting\n[\s\S]*The queue of Slurm cannot be asked: .*squeue is not installed here\.\n/,
  );
  expect(process.exitCode).toBeUndefined();
  await ask('--cancel');
  expect(said.complained).toMatch(/not cancelled, since .*: train-2d-fold_0 \(12\)\n.*: scancel 12\n$/);
  expect(process.exitCode).toBe(1);
});

it('stops a training that goes on although the process that ran the experiment was killed', async () => {
  const job = 'train-2d-fold_0';
  const attempt = { command: '', host: hostname(), pid: process.pid, started: '2026-01-02T03:04:05Z' };
  const attempts = [{ ...attempt, ended: null, exitCode: null, signal: null, outcome: null }];
  writeFileSync(folder.recordFile(job), JSON.stringify({ job, attempts }));
  const fold = join(root, 'nnUNet_results/nnUNet/2d/Task501_Liver/nnUNetTrainerV2__P/fold_0');
  mkdirSync(fold, { recursive: true });
  const lock = await acquireLock(join(fold, 'training.lock'));
  const kill = vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
    if (signal === 'SIGTERM') void lock.release();
    return true;
  });
  await ask('--cancel');
  expect(kill).toHaveBeenCalledWith(process.pid, 'SIGTERM');
  expect(said.printed).toMatch(/^process \d+ was asked to save and stop\nstopped; .* goes on\n$/);
});

it('is an error for programs if a signal stopped it', async () => {
  await run(`nnUNet_run -t 501 -m 2d -f 0 --json --root ${root}`);
  expect(JSON.parse(said.printed)).toMatchObject({ document: 'error', error: { tag: 'stopped' } });
  expect(said.complained).not.toContain('error');
  expect(process.exitCode).toBe(140);
});
