import type { Choice } from '@nnunet/ensemble/node';
import { describe, expect, it } from 'vitest';
import { commandOf } from '../job-command.ts';
import { planJobs } from '../plan-jobs.ts';
import { facts, prediction, settingsV2 } from '../settings.fixture.ts';
import type { ExperimentSettings } from '../settings.ts';
import { inShell } from '../shell-command.ts';

/** The choice of a candidate, the rest as it comes. */
function choiceOf(members: string[], postprocessingFile = '/pp.pkl'): Choice {
  const best = { name: members.join(), members, dice: {}, score: 0.8, postprocessingFile };
  const models = { task: 'Dataset501_Liver', trainer: '', cascadeTrainer: '', plans: '' };
  return { ...models, folds: [0], candidates: [best], best, validated: {} };
}

function typed(changes: Partial<ExperimentSettings>, choice: Choice | null): Record<string, string | null> {
  const settings = settingsV2({ folds: [0], ...changes });
  const jobs = planJobs(settings, { ...facts, folds: [0] });
  const entries = jobs.map((job) => {
    const command = commandOf(job, { settings, choice, reportFile: '/exp/report.html' });
    return [job.id, command === null ? null : inShell(command)];
  });
  return Object.fromEntries(entries);
}

const MODEL = '-tr nnUNetTrainer -p nnUNetPlans';

describe('the commands of v2', () => {
  it('are those of an experiment whose best candidate is an ensemble', () => {
    const changes = {
      configurations: ['2d', '3d_fullres'],
      prediction,
      arguments: { prepare: ['-pl', 'ExperimentPlanner'], train: ['--epochs', '3'], all: ['--root', '/my data'] },
    };
    expect(typed(changes, choiceOf(['2d', '3d_fullres']))).toEqual({
      prepare:
        "nnUNetv2_plan_and_preprocess -d Dataset501_Liver -c 2d 3d_fullres -pl ExperimentPlanner --root '/my data'",
      'train-2d-fold_0': `nnUNetv2_train Dataset501_Liver 2d 0 ${MODEL} --c --npz --epochs 3 --root '/my data'`,
      'train-3d_fullres-fold_0': `nnUNetv2_train Dataset501_Liver 3d_fullres 0 ${MODEL} --c --npz --epochs 3 --root '/my data'`,
      choose: `nnUNetv2_find_best_configuration Dataset501_Liver -c 2d 3d_fullres -f 0 ${MODEL} --root '/my data'`,
      'predict-2d-part_0': `nnUNetv2_predict -i /in -o /out/2d -d Dataset501_Liver -c 2d ${MODEL} -f 0 --save_probabilities --continue_prediction --root '/my data'`,
      'predict-3d_fullres-part_0': `nnUNetv2_predict -i /in -o /out/3d_fullres -d Dataset501_Liver -c 3d_fullres ${MODEL} -f 0 --save_probabilities --continue_prediction --root '/my data'`,
      merge: "nnUNetv2_ensemble -i /out/2d /out/3d_fullres -o /out/ensemble --root '/my data'",
      postprocess: "nnUNetv2_apply_postprocessing -i /out/ensemble -o /out -pp_pkl_file /pp.pkl --root '/my data'",
      evaluate:
        "nnUNetv2_evaluate_folder /ref /out -djfile /out/ensemble/dataset.json -pfile /out/ensemble/plans.json --root '/my data'",
      report:
        "nnUNet_report -t Dataset501_Liver -o /exp/report.html -tr nnUNetTrainer -pl nnUNetPlans --predictions /out -i /in -ref /ref --root '/my data'",
    });
  });

  it('postprocess what a single best configuration predicts, and predict it anew if that is asked for', () => {
    const changes = {
      configurations: ['2d', '3d_fullres'],
      prediction: { ...prediction, parts: 2 },
      arguments: { predict: ['--overwrite_existing', '--disable_tta'] },
    };
    const commands = typed(changes, choiceOf(['2d']));
    expect(commands['predict-2d-part_1']).toBe(
      `nnUNetv2_predict -i /in -o /out/2d -d Dataset501_Liver -c 2d ${MODEL} -f 0 -num_parts 2 -part_id 1 --disable_tta`,
    );
    expect(commands.merge).toBeNull();
    expect(commands.postprocess).toBe('nnUNetv2_apply_postprocessing -i /out/2d -o /out -pp_pkl_file /pp.pkl');
    expect(commands.evaluate).toContain(' -djfile /out/2d/dataset.json ');
  });

  it('predict into the output folder itself where there is nothing to compare by', () => {
    const settings = settingsV2({ configurations: ['2d'], folds: ['all'], prediction });
    const jobs = planJobs(settings, facts);
    expect(jobs.map(({ id }) => id)).toEqual(['prepare', 'train-2d-all', 'predict-2d-part_0', 'evaluate', 'report']);
    const [, , predict, evaluate] = jobs.map((job) =>
      inShell(commandOf(job, { settings, choice: null, reportFile: '' })!),
    );
    expect(predict).toBe(
      `nnUNetv2_predict -i /in -o /out -d Dataset501_Liver -c 2d ${MODEL} -f all --continue_prediction`,
    );
    expect(evaluate).toBe('nnUNetv2_evaluate_folder /ref /out -djfile /out/dataset.json -pfile /out/plans.json');
  });

  it('give a cascade the label maps of its first stage, which the plans name', () => {
    const settings = settingsV2({ configurations: ['fine'], folds: [1], prediction });
    const own = { ...facts, folds: [0, 1], planned: ['2d', 'fine', 'coarse'], firstStages: { fine: 'coarse' } };
    const jobs = planJobs(settings, own);
    expect(Object.fromEntries(jobs.map(({ id, after }) => [id, after.join(' ')]))).toEqual({
      prepare: '',
      'train-coarse-fold_0': 'prepare',
      'train-coarse-fold_1': 'prepare',
      'train-fine-fold_1': 'train-coarse-fold_0 train-coarse-fold_1',
      'predict-coarse-part_0': 'train-coarse-fold_0 train-coarse-fold_1',
      'predict-fine-part_0': 'train-fine-fold_1 predict-coarse-part_0',
      evaluate: 'predict-coarse-part_0 predict-fine-part_0',
      report: 'evaluate',
    });
    const commands = jobs.map((job) => inShell(commandOf(job, { settings, choice: null, reportFile: '' })!));
    expect(commands[0]).toMatch(/ -c coarse fine$/);
    expect(commands[4]).toContain(' -o /out/coarse ');
    expect(commands[5]).toContain(' -o /out ');
    expect(commands[5]).toContain(' -prev_stage_predictions /out/coarse ');
  });
});

describe('the jobs of v2', () => {
  it('compare in the order of v2, and train all folds of 3d_lowres also for a cascade of fold all', () => {
    const settings = settingsV2({ configurations: ['3d_lowres', '3d_fullres', '2d'] });
    expect(planJobs(settings, facts).find(({ kind }) => kind === 'choose')?.configurations).toEqual([
      '2d',
      '3d_fullres',
      '3d_lowres',
    ]);
    const ofAll = planJobs(settingsV2({ configurations: ['3d_cascade_fullres'], folds: ['all'] }), {
      ...facts,
      folds: [0, 1],
    });
    expect(ofAll.filter(({ kind }) => kind === 'train').map(({ id }) => id)).toEqual([
      'train-3d_lowres-fold_0',
      'train-3d_lowres-fold_1',
      'train-3d_lowres-all',
      'train-3d_cascade_fullres-all',
    ]);
  });

  it('train folds beyond the splits, and only 2d for certain before there are plans', () => {
    const beyond = planJobs(settingsV2({ configurations: ['2d'], folds: [7] }), facts);
    expect(beyond.map(({ id }) => id)).toEqual(['prepare', 'train-2d-fold_7', 'report']);
    const open = planJobs(settingsV2(), { ...facts, planned: null });
    const certain = open.filter(({ kind, onlyIfPlanned }) => kind === 'train' && !onlyIfPlanned);
    expect([...new Set(certain.map(({ configuration }) => configuration))]).toEqual(['2d']);
  });
});
