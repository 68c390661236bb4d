import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { resolveRoots } from '@nnunet/schema';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it, vi } from 'vitest';
import { consolidateModel, describeRule } from './consolidate-model.ts';
import { listener } from './small-task.fixture.ts';

const work = vi.hoisted(() => ({ consolidateFolds: vi.fn(), updateReferences: vi.fn() }));
vi.mock('@nnunet/postprocess/node', () => work);
vi.mock('@nnunet/postprocess/node/internal', () => work);

it('decides for the folds of a model, whose references are looked at first', async () => {
  const root = temporaryFolder();
  const roots = resolveRoots({ root, env: {} });
  mkdirSync(join(roots.preprocessed!, 'Task007_A'), { recursive: true });
  const reporter = listener();
  const { signal } = new AbortController();
  work.updateReferences.mockImplementation(async ({ onWarning }) => onWarning('beware'));
  work.consolidateFolds.mockImplementation(async ({ onProgress }) => {
    expect(work.updateReferences).toHaveBeenCalled();
    onProgress({ step: 'scoring', done: 1, total: 4, file: 'a' });
    return { rule: { entries: [], minimumSizes: null } };
  });
  const folderOf = (configuration: string, trainer: string) =>
    join(root, 'nnUNet_results/nnUNet', configuration, 'Task007_A', `${trainer}__P`);
  const consolidate = (configuration: string, more: object = {}) =>
    consolidateModel({
      roots,
      configuration,
      task: '7',
      plansIdentifier: 'P',
      validationFolder: 'v',
      reporter,
      signal,
      ...more,
    });
  expect(await consolidate('2d', { workers: 3, bareNaN: true })).toEqual({
    file: join(folderOf('2d', 'nnUNetTrainerV2'), 'postprocessing.json'),
    decision: 'nothing is removed, because it would not improve the cross-validation',
  });
  const current = join(roots.preprocessed!, 'Task007_A/gt_segmentations');
  const modelFolder = folderOf('2d', 'nnUNetTrainerV2');
  expect(work.updateReferences.mock.lastCall![0]).toMatchObject({ modelFolder, current, rescore: false });
  expect(work.consolidateFolds.mock.lastCall![0]).toMatchObject({
    modelFolder,
    folds: [0, 1, 2, 3, 4],
    validationFolder: 'v',
    bareNaN: true,
    workers: 3,
    signal,
  });
  expect(reporter.warnings).toEqual(['beware']);
  expect(reporter.progressed).toEqual([{ what: 'scoring', done: 1, total: 4 }]);
  await consolidate('3d_cascade_fullres', { folds: ['3', 'all'], rescore: true });
  expect(work.updateReferences.mock.lastCall![0]).toMatchObject({ rescore: true });
  expect(work.consolidateFolds.mock.lastCall![0]).toMatchObject({
    modelFolder: folderOf('3d_cascade_fullres', 'nnUNetTrainerV2CascadeFullRes'),
    folds: [3, 'all'],
  });
  mkdirSync(join(root, 'nnUNet_results/nnUNet/2d/Task007_A'), { recursive: true });
  await consolidate('2d', { trainer: 'T', roots: { ...roots, preprocessed: null } });
  expect(work.updateReferences.mock.lastCall![0]).toMatchObject({ current: null, modelFolder: folderOf('2d', 'T') });
});

it('says a rule in a sentence', () => {
  const rule = (...entries: (number | number[])[]) => describeRule({ entries, minimumSizes: null });
  expect(rule()).toBe('nothing is removed, because it would not improve the cross-validation');
  expect(rule(2)).toBe('all but the largest component is removed of label 2');
  expect(rule([1, 3], 2)).toBe(
    'all but the largest component is removed of labels 1, 3 taken together, then of label 2',
  );
  const named = (known: object, ...entries: (number | number[])[]) =>
    describeRule({ entries, minimumSizes: null }, known);
  const labels = { 0: 'background', 1: 'label 1', 2: 'core', 3: 'edema' };
  expect(named({ labels }, [1, 3], 2, 1)).toBe(
    'all but the largest component is removed of labels 1, 3 taken together, then of core (label 2), then of label 1',
  );
  const regions = [
    { name: 'whole', values: [3, 1, 2] },
    { name: 'enhancing', values: [2] },
  ];
  expect(named({ labels, regions }, [1, 2, 3], 2, [2], 3)).toBe(
    'all but the largest component is removed of whole (labels 1, 2, 3 taken together), then of enhancing (label 2), ' +
      'then of enhancing (label 2), then of edema (label 3)',
  );
});
