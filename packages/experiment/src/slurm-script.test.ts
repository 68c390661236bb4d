import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type ScriptContext, slurmScript, submitScript } from './slurm-script.ts';
import type { Submission } from './slurm-submissions.ts';
import { parseSlurmTime, secondsToSave } from './slurm-time.ts';

const folds: Submission = {
  ...{ name: 'train-2d', array: 'train-2d', kind: 'train' },
  tasks: [0, 1, 3].map((index) => ({ index, job: `train-2d-fold_${index}` })),
  after: [{ type: 'afterok', on: { submission: 'prepare' }, indices: null }],
};
const choose: Submission = {
  ...{ name: 'choose', array: 'choose', kind: 'choose', tasks: [{ index: null, job: 'choose' }] },
  after: [
    { type: 'afterok', on: { submission: 'train-2d' }, indices: null },
    { type: 'afterok', on: { slurmId: '7' }, indices: [2] },
  ],
};
const context: ScriptContext = {
  task: 'Task501_Liver',
  experiment: 'mine',
  folder: '/results/my 100% folder/slurm',
  sbatch: {},
  program: ['echo', "it's", '--job'],
  environment: { RESULTS_FOLDER: '/my results' },
  resourcesOf: () => ({}),
  commandOf: (job) => (job === 'choose' ? null : `nnUNet_train ${job}`),
};
const optionsOf = (script: string) =>
  script
    .split('\n')
    .filter((line) => line.startsWith('#SBATCH '))
    .map((line) => line.slice(8));

it('asks for an array of the missing folds, under a name that a person finds again', () => {
  expect(optionsOf(slurmScript(folds, context))).toEqual([
    '--job-name=nnunet-Task501_Liver-mine-train-2d',
    '--array=0-1,3',
    '--output="/results/my 100%% folder/slurm/train-2d-%a.log"',
    '--open-mode=append',
    '--requeue',
    '--kill-on-invalid-dep=yes',
    '--signal=B:USR1@180',
  ]);
  const single = slurmScript(choose, context);
  expect(single).not.toContain('--array');
  expect(single).toContain('/slurm/choose.log"');
});

it('runs the job of its index, and names its command', () => {
  const script = slurmScript(folds, context);
  expect(script).toContain('# nnUNet_train train-2d-fold_3\n');
  const run = (env: Record<string, string>) =>
    execFileSync('bash', ['-c', `${script.replace('exec echo', 'exec echo "$RESULTS_FOLDER"')}`], {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
      stdio: 'pipe',
    });
  expect(run({ SLURM_ARRAY_TASK_ID: '3' })).toBe("/my results it's --job train-2d-fold_3\n");
  expect(() => run({ SLURM_ARRAY_TASK_ID: '2' })).toThrow(/There is no job 2 in this array/);
  expect(slurmScript(choose, context)).toMatch(/# depends on the comparison\njob=choose\n/);
});

describe('resources', () => {
  it('are the greatest of the array, memory in steps of 256 MiB', () => {
    const needs = new Map([
      ['train-2d-fold_0', { threads: 2, memory: 3e9 }],
      ['train-2d-fold_3', { threads: 4, memory: 1e9 }],
    ]);
    const script = slurmScript(folds, { ...context, resourcesOf: (job) => needs.get(job) ?? {} });
    // 3e9 bytes are 2861.02 MiB, twelve steps.
    expect(optionsOf(script).slice(-2)).toEqual(['--cpus-per-task=4', '--mem=3072M']);
  });

  it('give way to the options of all jobs, and those to the options of a kind', () => {
    const sbatch = { all: ' --partition=gpu --mem=1G ', train: '--time=00:10:00', predict: '--mem=9G' };
    const resourcesOf = () => ({ threads: 1, memory: 1 });
    const script = slurmScript(folds, { ...context, sbatch, resourcesOf });
    const options = optionsOf(script);
    expect(options.slice(-3)).toEqual(['--cpus-per-task=1', '--partition=gpu --mem=1G', '--time=00:10:00']);
    // Slurm refuses --mem with --mem-per-cpu, and --cpus-per-task with --cpus-per-gpu.
    for (const all of ['--mem-per-cpu=2G -c 4', '--cpus-per-gpu=8 --mem 3G', '-c4 --mem-per-gpu=3G']) {
      const own = optionsOf(slurmScript(folds, { ...context, sbatch: { all }, resourcesOf }));
      expect(own.slice(-2)).toEqual(['--signal=B:USR1@180', all]);
    }
    // A tenth of ten minutes.
    expect(options).toContain('--signal=B:USR1@60');
  });

  it('refuses options that the program sets, and what are none', () => {
    for (const wrong of ['--array=0-3', '-J name', '--time=5 -d afterok:3', '-a1', '--job-name x'])
      expect(() => slurmScript(folds, { ...context, sbatch: { train: wrong } }), wrong).toThrow(
        /sbatch's option \S+ is set by the program/,
      );
    for (const wrong of ['partition=gpu', '--time=5\n--mem=3'])
      expect(() => slurmScript(folds, { ...context, sbatch: { all: wrong } }), wrong).toThrow(/not options of sbatch/);
    for (const right of ['-A account -p gpu', '--account=array', '--depend-not', '--nodelist=a-d1'])
      expect(() => slurmScript(folds, { ...context, sbatch: { all: right } }), right).not.toThrow();
  });

  it('refuses folders that Slurm cannot write into', () => {
    expect(() => slurmScript(folds, { ...context, folder: '/a"b' })).toThrow(/quotes, backslashes or line breaks/);
  });
});

it('submits everything by hand as the program does', () => {
  expect(submitScript([folds, choose], { folder: '/a b' }).split('\n')).toEqual([
    '#!/bin/bash',
    'set -e -o pipefail',
    "cd '/a b'",
    `train_2d=$(sbatch --parsable --dependency=afterok:"$prepare" train-2d.sh | cut -d ';' -f 1)`,
    `choose=$(sbatch --parsable --dependency=afterok:"$train_2d",afterok:7_2 choose.sh | cut -d ';' -f 1)`,
    '',
  ]);
});

it("reads Slurm's durations", () => {
  const seconds = ['5', '5:30', '1:05:30', '2-3', '2-03:05', '2-03:05:30'].map(parseSlurmTime);
  expect(seconds).toEqual([300, 330, 3930, 183600, 183900, 183930]);
  expect(['UNLIMITED', 'INVALID', '', '1:2:3:4'].map(parseSlurmTime)).toEqual([null, null, null, null]);
});

it('leaves a tenth of a short limit for saving, three minutes of others', () => {
  expect([60, 600, 1800, 86400, null].map(secondsToSave)).toEqual([6, 60, 180, 180, 180]);
});
