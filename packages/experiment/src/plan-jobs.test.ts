import { describe, expect, it } from 'vitest';
import type { Job } from './job.ts';
import { planJobs } from './plan-jobs.ts';
import { facts, prediction, settingsWith } from './settings.fixture.ts';

const edges = (jobs: readonly Job[]) => Object.fromEntries(jobs.map(({ id, after }) => [id, after.join(' ')]));

describe('planJobs', () => {
  it('trains, compares, predicts, merges and scores, in this order', () => {
    const jobs = planJobs(settingsWith({ configurations: ['3d_fullres', '2d'], folds: [1, 0], prediction }), {
      ...facts,
      folds: [0, 1],
    });
    expect(edges(jobs)).toEqual({
      prepare: '',
      'train-2d-fold_0': 'prepare',
      'train-2d-fold_1': 'prepare',
      'train-3d_fullres-fold_0': 'prepare',
      'train-3d_fullres-fold_1': 'prepare',
      choose: 'train-2d-fold_0 train-2d-fold_1 train-3d_fullres-fold_0 train-3d_fullres-fold_1',
      'predict-2d-part_0': 'choose',
      'predict-3d_fullres-part_0': 'choose',
      merge: 'predict-2d-part_0 predict-3d_fullres-part_0',
      evaluate: 'predict-2d-part_0 predict-3d_fullres-part_0 merge',
      report: 'evaluate',
    });
    expect(jobs.find(({ id }) => id === 'choose')).toMatchObject({
      configurations: ['2d', '3d_fullres'],
      folds: [0, 1],
    });
    expect(jobs.find(({ id }) => id === 'evaluate')?.labels).toEqual([1, 2]);
  });

  it('trains every fold of 3d_lowres before a fold of the cascade, and predicts with it part by part', () => {
    const two = { ...prediction, parts: 2, references: null };
    const settings = settingsWith({ configurations: ['3d_cascade_fullres'], folds: [0], prediction: two });
    const jobs = planJobs(settings, { ...facts, folds: [0, 1, 2] });
    expect(edges(jobs)).toEqual({
      prepare: '',
      'train-3d_lowres-fold_0': 'prepare',
      'train-3d_lowres-fold_1': 'prepare',
      'train-3d_lowres-fold_2': 'prepare',
      'train-3d_cascade_fullres-fold_0': 'train-3d_lowres-fold_0 train-3d_lowres-fold_1 train-3d_lowres-fold_2',
      'predict-3d_lowres-part_0': 'train-3d_lowres-fold_0 train-3d_lowres-fold_1 train-3d_lowres-fold_2',
      'predict-3d_lowres-part_1': 'train-3d_lowres-fold_0 train-3d_lowres-fold_1 train-3d_lowres-fold_2',
      'predict-3d_cascade_fullres-part_0': 'train-3d_cascade_fullres-fold_0 predict-3d_lowres-part_0',
      'predict-3d_cascade_fullres-part_1': 'train-3d_cascade_fullres-fold_0 predict-3d_lowres-part_1',
      report:
        'predict-3d_lowres-part_0 predict-3d_lowres-part_1 predict-3d_cascade_fullres-part_0 predict-3d_cascade_fullres-part_1',
    });
    expect(jobs.find(({ kind }) => kind === 'predict')?.folds).toEqual([0, 1, 2]);
  });

  it('saves probabilities of what may become a member of an ensemble', () => {
    const saving = (configurations: ('2d' | '3d_fullres' | '3d_cascade_fullres')[]) =>
      planJobs(settingsWith({ configurations, folds: [0] }), { ...facts, folds: [0] })
        .filter(({ probabilities }) => probabilities)
        .map(({ configuration }) => configuration);
    expect(saving(['2d'])).toEqual([]);
    expect(saving(['2d', '3d_cascade_fullres'])).toEqual(['2d', '3d_cascade_fullres']);
  });

  it('leaves the comparison out where not all folds of the cross-validation are trained', () => {
    const settings = settingsWith({ configurations: ['2d'], folds: ['all'], prediction });
    const jobs = planJobs(settings, facts);
    expect(jobs.map(({ id }) => id)).toEqual(['prepare', 'train-2d-all', 'predict-2d-part_0', 'evaluate', 'report']);
    expect(jobs[2]).toMatchObject({ after: ['train-2d-all'], folds: ['all'] });
    const many = settingsWith({ configurations: ['2d', '3d_fullres'], folds: ['all'], prediction });
    expect(() => planJobs(many, facts)).toThrow(/by all folds of the cross-validation \(0, 1, 2, 3, 4\), but not all/);
    const some = planJobs(settingsWith({ folds: [0, 1, 2, 3] }), facts);
    expect(some.some(({ kind }) => kind === 'choose')).toBe(false);
  });

  it('keeps what only the plans can tell open before a task is planned', () => {
    const jobs = planJobs(settingsWith({ prediction }), { ...facts, planned: null });
    const open = new Set(jobs.filter(({ onlyIfPlanned }) => onlyIfPlanned).map(({ configuration }) => configuration));
    expect([...open]).toEqual(['3d_lowres', '3d_cascade_fullres']);
    expect(jobs.find(({ kind }) => kind === 'choose')?.configurations).toBeUndefined();
    expect(planJobs(settingsWith(), facts).some(({ onlyIfPlanned }) => onlyIfPlanned)).toBe(false);
  });

  it('waits only for jobs before it, and numbers the jobs of an array differently', () => {
    const jobs = planJobs(
      settingsWith({ folds: [0, 1, 2, 3, 4, 'all'], prediction: { ...prediction, parts: 3 } }),
      facts,
    );
    const seen = new Set<string>();
    for (const { id, after } of jobs) {
      expect(after.every((other) => seen.has(other))).toBe(true);
      seen.add(id);
    }
    const places = jobs.map(({ array }) => `${array.name}[${array.index}]`);
    expect(new Set(places).size).toBe(jobs.length);
    expect(seen.size).toBe(jobs.length);
  });

  it('refuses fewer cases than folds before anything runs, unless the folds are made or not needed', () => {
    const planned = (undivided: number | null, folds: (number | 'all')[] | null = null) =>
      planJobs(settingsWith({ configurations: ['2d'], folds }), { ...facts, undivided }).length;
    expect([planned(5), planned(null), planned(4, ['all'])]).toEqual([8, 8, 3]);
    expect(() => planned(4)).toThrow(
      /5 folds need at least 5 cases, but this task has 4\n.*--folds 4\), train fold "all"/,
    );
    expect(() => planned(4, ['all', 2])).toThrow(/5 folds need/);
    expect(() => planned(1)).toThrow(/has 1\n {2}Train fold "all"/);
  });

  it.each([
    [
      'a configuration that is not planned',
      { configurations: ['3d_cascade_fullres'] as const },
      /do not contain 3d_lowres, 3d_cascade_fullres/,
    ],
    ['a fold that does not exist', { folds: [5] }, /no fold 5/],
    ['no fold', { folds: [] }, /no folds to train/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => planJobs(settingsWith(changes), { ...facts, planned: ['2d', '3d_fullres'] })).toThrow(message);
  });
});
