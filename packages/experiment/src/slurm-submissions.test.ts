import { expect, it } from 'vitest';
import type { Job } from './job.ts';
import { dependencyText, planSubmissions, type SlurmTask } from './slurm-submissions.ts';

const job = (id: string, array: string, index: number, after: string[] = []): Job => ({
  ...{ id, kind: id.startsWith('train') ? 'train' : 'predict', after, array: { name: array, index } },
});
const folds = [0, 1, 2].map((fold) => job(`train-${fold}`, 'train', fold, ['prepare']));
const first = [0, 1, 2].map((part) => job(`low-${part}`, 'low', part, ['choose']));
const second = [0, 1, 2].map((part) => job(`high-${part}`, 'high', part, ['choose', `low-${part}`]));
const jobs = [
  job('prepare', 'prepare', 0),
  ...folds,
  job('choose', 'choose', 0, ['train-0', 'train-1', 'train-2']),
  ...[...first, ...second],
  job('merge', 'merge', 0, ['low-0', 'low-1', 'low-2', 'high-0', 'high-1', 'high-2']),
];
const all = new Set(jobs.map(({ id }) => id));

/** What is submitted: array, indices, dependency. */
function plan(missing: Iterable<string>, queued: Record<string, SlurmTask> = {}): string[] {
  return planSubmissions(jobs, new Set(missing), new Map(Object.entries(queued))).map(
    (submission) =>
      `${submission.name} ${submission.tasks.map(({ index }) => index ?? '-')} ${dependencyText(submission, (name) => `<${name}>`)}`,
  );
}

it('submits each array at once, after all that it waits for, and parts after the same parts', () => {
  expect(plan(all)).toEqual([
    'prepare - null',
    'train 0,1,2 afterok:<prepare>',
    'choose - afterok:<train>',
    'low 0,1,2 afterok:<choose>',
    'high 0,1,2 afterok:<choose>,aftercorr:<low>',
    'merge - afterok:<low>,afterok:<high>',
  ]);
});

it('submits only what is missing; what is done is not waited for', () => {
  expect(plan([])).toEqual([]);
  expect(plan(['train-1', 'choose', 'merge'])).toEqual(['train 1 null', 'choose - afterok:<train>', 'merge - null']);
  const half = plan(['low-1', 'low-2', 'high-0', 'high-1', 'high-2']);
  expect(half).toEqual(['low 1,2 null', 'high 0 null', 'high-2 1,2 aftercorr:<low>']);
});

it('waits for tasks that are in the queue already', () => {
  const queued = { 'train-0': { slurmId: '7', index: 0 }, 'train-2': { slurmId: '9', index: 2 } };
  expect(plan(['train-1', 'choose'], queued)).toEqual([
    'train 1 null',
    'choose - afterok:7_0,afterok:<train>,afterok:9_2',
  ]);
  expect(plan(['train-0', 'train-1', 'train-2'], { prepare: { slurmId: '5', index: null } })).toEqual([
    'train 0,1,2 afterok:5',
  ]);
  const parts = { 'low-0': { slurmId: '8', index: 0 }, 'low-1': { slurmId: '8', index: 1 } };
  expect(plan(['high-0', 'high-1', 'merge'], parts)).toEqual([
    'high 0,1 aftercorr:8',
    'merge - afterok:8_0:8_1,afterok:<high>',
  ]);
});
