import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import {
  croppedFolder,
  ensembleName,
  ensemblesFolder,
  foldFolderName,
  modelFolder,
  nextStageFolder,
  parseFold,
  plansFileName,
  preprocessedFolder,
  rawFolder,
  stageFolderName,
} from './folder-layout.ts';
import { joinPath, needRoot, resolveRoots } from './roots.ts';
import { matchTask, taskId, taskName } from './task-name.ts';

const env = { nnUNet_raw_data_base: '/raw/', nnUNet_preprocessed: '/pre', RESULTS_FOLDER: '' };

describe('resolveRoots', () => {
  it("takes v1's variables; an empty one counts as unset", () => {
    expect(resolveRoots({ env })).toEqual({ rawBase: '/raw/', preprocessed: '/pre', results: null, rawDatasets: null });
  });

  it('gives none where none is given', () => {
    expect(resolveRoots({})).toEqual({ rawBase: null, preprocessed: null, results: null, rawDatasets: null });
  });

  it("takes v2's variables where v1's are not set", () => {
    const v2 = { nnUNet_raw: '/raw2', nnUNet_preprocessed: '/pre', nnUNet_results: '/models' };
    const roots = { rawBase: null, preprocessed: '/pre', results: '/models', rawDatasets: '/raw2' };
    expect(resolveRoots({ env: v2 })).toEqual(roots);
    const both = resolveRoots({ env: { ...v2, ...env, RESULTS_FOLDER: '/own' } });
    expect(both).toEqual({ rawBase: '/raw/', preprocessed: '/pre', results: '/own', rawDatasets: '/raw2' });
  });

  it("keeps v2's raw datasets in their own folder, or else next to v1's tasks", () => {
    const dataset = 'Dataset004_X';
    expect(rawFolder(resolveRoots({ root: '/data' }), dataset)).toBe('/data/nnUNet_raw/Dataset004_X');
    expect(rawFolder(resolveRoots({ env: { nnUNet_raw: '/raw2' } }), dataset)).toBe('/raw2/Dataset004_X');
    expect(rawFolder(resolveRoots({ env }), dataset)).toBe('/raw/nnUNet_raw_data/Dataset004_X');
    expect(() => rawFolder(resolveRoots({}), dataset)).toThrow(/nnUNet_raw is not set/);
  });

  it('lets --root win', () => {
    const roots = resolveRoots({ root: '/data', env });
    expect(roots.preprocessed).toBe('/data/nnUNet_preprocessed');
    expect(rawFolder(roots, 'Task004_X')).toBe('/data/nnUNet_raw_data_base/nnUNet_raw_data/Task004_X');
  });

  it('names both ways when a folder is needed', () => {
    try {
      needRoot(resolveRoots({ env }), 'results');
      expect.unreachable();
    } catch (error) {
      expect(isNnUNetError(error, 'usage')).toBe(true);
      expect(String(error)).toMatch(/RESULTS_FOLDER[\s\S]*`root`[\s\S]*export RESULTS_FOLDER=/);
    }
  });

  it('joins paths', () => {
    expect(joinPath('/', 'a')).toBe('/a');
    expect(joinPath('a/', 'b', 'c')).toBe('a/b/c');
    expect(joinPath('a//', 'b/', 'c/')).toBe('a/b/c/');
  });
});

describe('folders', () => {
  const roots = resolveRoots({ env: { ...env, RESULTS_FOLDER: '/res' } });
  const model = { configuration: '3d_lowres', task: 'Task004_X', trainer: 'nnUNetTrainerV2', plans: 'nnUNetPlansv2.1' };

  it('lie where v1 has them', () => {
    expect(croppedFolder(roots)).toBe('/raw/nnUNet_cropped_data');
    expect(preprocessedFolder(roots, 'Task004_X')).toBe('/pre/Task004_X');
    expect(modelFolder(roots, model)).toBe('/res/nnUNet/3d_lowres/Task004_X/nnUNetTrainerV2__nnUNetPlansv2.1');
    expect(nextStageFolder('/m')).toBe('/m/pred_next_stage');
    expect(plansFileName('2D')).toBe('nnUNetPlansv2.1_plans_2D.json');
    expect(stageFolderName('nnUNetData_plans_v2.1_2D', 0)).toBe('nnUNetData_plans_v2.1_2D_stage0');
    const other = { ...model, configuration: '2d' };
    expect(ensemblesFolder(roots, 'Task004_X', ensembleName(other, model))).toBe(
      '/res/nnUNet/ensembles/Task004_X/ensemble_2d__nnUNetTrainerV2__nnUNetPlansv2.1--3d_lowres__nnUNetTrainerV2__nnUNetPlansv2.1',
    );
  });

  it('knows four configurations', () => {
    expect(() => modelFolder(roots, { ...model, configuration: '3d' })).toThrow(/2d, 3d_lowres, 3d_fullres/);
  });

  it('reads folds', () => {
    expect([parseFold('all'), parseFold('3')]).toEqual(['all', 3]);
    expect([foldFolderName('all'), foldFolderName(3)]).toEqual(['all', 'fold_3']);
    expect(() => parseFold('-1')).toThrow('"-1" is not a fold\n  Give the number of a fold (0, 1, …) or all.');
  });
});

describe('task names', () => {
  it('are made and taken apart', () => {
    expect(taskName(4, 'Hippocampus')).toBe('Task004_Hippocampus');
    expect(taskName(0, 'X')).toBe('Task000_X');
    expect([taskId('Task1234_X'), taskId('Task007')]).toEqual([1234, 7]);
    for (const id of [-1, 1.5, Number.NaN]) expect(() => taskName(id, 'X')).toThrow(/not a task id/);
    expect(() => taskId('Dataset004_X')).toThrow(/Task004_Hippocampus/);
  });

  it('match by prefix, an exact number first', () => {
    expect(matchTask(4, ['Task004_A', 'Task004_A', 'Task005_B'], [])).toBe('Task004_A');
    expect(matchTask(4, ['Task0041_X'], [])).toBe('Task0041_X');
    expect(matchTask(4, ['Task0041_X', 'Task004_A'], [])).toBe('Task004_A');
    expect(matchTask(41, ['Task0041_X', 'Task041_A'], [])).toBe('Task041_A');
    expect(matchTask(4, ['Task0041_X', 'Task004'], [])).toBe('Task004');
  });

  it('tells none and several apart', () => {
    expect(() => matchTask(4, ['Task005_B'], ['/raw', '/pre'])).toThrow(/no task with id 4: .* below \/raw, \/pre\n/);
    expect(() => matchTask(4, ['Task004_B', 'Task004_A'], [])).toThrow(/Task004_A, Task004_B/);
    expect(() => matchTask(-1, [], [])).toThrow(/not a task id/);
  });
});
