import { expect, it } from 'vitest';
import { estimateTotal } from './estimate-total.ts';
import type { Job } from './job.ts';
import { planJobs } from './plan-jobs.ts';
import { facts, prediction, settingsWith } from './settings.fixture.ts';

const jobs = planJobs(settingsWith({ prediction }), facts);
const SECONDS: Partial<Record<string, number>> = {
  'predict-2d-part_0': 10,
  'predict-3d_lowres-part_0': 200,
  'predict-3d_fullres-part_0': 3000,
  'predict-3d_cascade_fullres-part_0': 40_000,
  merge: 500_000,
};
const estimatesWith = (seconds: (job: Job) => number | null) =>
  new Map(jobs.map((job) => [job.id, { seconds: seconds(job), memory: 1, threads: 1 }]));
const estimates = estimatesWith(({ id }) => SECONDS[id] ?? 0);

it('counts the predictions of one configuration at least, and those of the dearest two and their ensemble at most', () => {
  // Least: 2d alone. Most: 3d_fullres and the cascade, which needs 3d_lowres, and the ensemble.
  expect(estimateTotal(jobs, estimates)).toEqual({ seconds: { least: 10, most: 543_200 }, unknown: [] });
});

it('counts whatever is still to run once the best configuration is chosen', () => {
  const open = jobs.filter(({ id }) => ['predict-2d-part_0', 'predict-3d_lowres-part_0', 'merge'].includes(id));
  expect(estimateTotal(open, estimates).seconds).toEqual({ least: 500_210, most: 500_210 });
});

it('counts every prediction where there is nothing to choose from', () => {
  const single = planJobs(settingsWith({ configurations: ['3d_cascade_fullres'], prediction }), facts);
  expect(estimateTotal(single, estimates).seconds).toEqual({ least: 40_200, most: 40_200 });
});

it('counts the jobs beside the predictions in any case, and names those of unknown time', () => {
  const timed = estimatesWith(({ id, kind }) => (id === 'train-2d-fold_3' ? null : kind === 'train' ? 7 : 0));
  expect(estimateTotal(jobs, timed)).toEqual({ seconds: { least: 133, most: 133 }, unknown: ['train-2d-fold_3'] });
});
