import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@nnunet/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CandidateEntry } from '../report-data.ts';
import { reportV1 } from '../rules/report-v1.ts';
import { validatedCandidates } from './cross-validation.ts';
import { describeScores } from './scores-section.ts';

const golden = fileURLToPath(new URL('../../../../../shared/golden/find_best/Task103_CT/expected/', import.meta.url));
const TASK = 'Task103_CT';
const ENSEMBLE = 'ensemble_2d__nnUNetTrainerV2__nnUNetPlansv2.1--3d_fullres__nnUNetTrainerV2__nnUNetPlansv2.1';
const choice = {
  trainer: 'nnUNetTrainerV2',
  cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
  plansIdentifier: 'nnUNetPlansv2.1',
};

describe.skipIf(!existsSync(golden))('the scores of a cross-validation by v1 (needs ../shared/golden)', () => {
  const results = temporaryFolder();
  const roots = { rawBase: null, preprocessed: null, results };
  const folderOf = (configuration: string) =>
    join(results, 'nnUNet', configuration, TASK, 'nnUNetTrainerV2__nnUNetPlansv2.1');
  const scoresOf = async () => {
    const models = await reportV1.models(roots, TASK, choice);
    const sources = { roots, task: TASK, rules: reportV1, description: null, fileEnding: '.nii.gz' };
    return describeScores(await validatedCandidates(sources, models), null, {
      decides: reportV1.decides,
      known: null,
    })!;
  };
  const summaryOf = (path: string) => JSON.parse(readFileSync(join(golden, path, 'summary.json'), 'utf8')).results;

  beforeAll(() => {
    for (const configuration of ['2d', '3d_fullres']) {
      mkdirSync(folderOf(configuration), { recursive: true });
      cpSync(join(golden, configuration), folderOf(configuration), { recursive: true });
    }
    const ensemble = join(results, 'nnUNet/ensembles', TASK, ENSEMBLE);
    mkdirSync(ensemble, { recursive: true });
    cpSync(join(golden, ENSEMBLE), ensemble, { recursive: true });
  });

  it('are those of summary.json, by candidate, label and case', async () => {
    const { candidates } = await scoresOf();
    expect(candidates.map(({ name, cases, best }) => [name, cases, best])).toEqual([
      ['2d', 8, false],
      ['3d_fullres', 8, false],
      ['2d + 3d_fullres', 8, true],
    ]);
    for (const [i, path] of ['2d/cv_niftis_raw', '3d_fullres/cv_niftis_raw', `${ENSEMBLE}/ensembled_raw`].entries()) {
      const { all, mean } = summaryOf(path);
      const { dice, means } = candidates[i] as CandidateEntry;
      expect(means).toEqual({ 1: mean[1].Dice, 2: mean[2].Dice });
      for (const scores of all) {
        const id = scores.test.split('/').at(-1).replace('.nii.gz', '');
        expect([dice[1]![id], dice[2]![id]]).toEqual([scores[1].Dice, scores[2].Dice]);
      }
    }
    const csv = readFileSync(join(golden, 'summary.csv'), 'utf8').trim().split('\n').slice(1);
    expect(candidates.map(({ mean }) => mean!.toFixed(4))).toEqual(csv.map((line) => line.split(',').at(-1)));
  });

  it('say how far the best is ahead, and what postprocessing changed', async () => {
    const { differences, notes, postprocessing, candidates } = await scoresOf();
    expect(differences.map(({ other, cases }) => [other, cases])).toEqual([
      ['2d', 8],
      ['3d_fullres', 8],
    ]);
    for (const [i, { difference, low, high }] of differences.entries()) {
      expect(difference).toBeCloseTo(candidates[2]!.mean! - candidates[i]!.mean!, 12);
      expect(low).toBeGreaterThan(0.1);
      expect(low).toBeLessThan(difference);
      expect(high).toBeGreaterThan(difference);
    }
    expect(notes).toEqual([]);
    const after = summaryOf('2d/cv_niftis_postprocessed').mean;
    expect(candidates[0]!.meanPostprocessed).toBeCloseTo((after[1].Dice + after[2].Dice) / 2, 12);
    expect(postprocessing[0]).toMatch(/^2d: .*\. The mean Dice changes from 0\.5151 to 0\.\d{4} \(\+0\.\d{4}\)\.$/);
  });

  it('are not compared with those of fewer cases', async () => {
    const folds = join(golden, '../input/3d_fullres');
    rmSync(join(folderOf('3d_fullres'), 'cv_niftis_raw'), { recursive: true });
    cpSync(join(folds, 'fold_1'), join(folderOf('3d_fullres'), 'fold_1'), { recursive: true });
    const { candidates, notes, postprocessing } = await scoresOf();
    const { all } = JSON.parse(readFileSync(join(folds, 'fold_1/validation_raw/summary.json'), 'utf8')).results;
    expect(candidates[1]).toMatchObject({
      name: '3d_fullres',
      cases: all.length,
      best: false,
      meanPostprocessed: null,
    });
    expect(postprocessing[1]).toBe('3d_fullres: not decided yet; nnUNet_determine_postprocessing decides.');
    expect(notes).toEqual([`Not yet validated on all 8 cases, so not eligible: 3d_fullres (${all.length}).`]);
  });
});
