import type { Choice } from '@nnunet/ensemble/node';
import { describe, expect, it } from 'vitest';
import { commandOf } from './job-command.ts';
import { planJobs } from './plan-jobs.ts';
import { facts, prediction, settingsWith } from './settings.fixture.ts';
import type { ExperimentSettings } from './settings.ts';
import { inShell } from './shell-command.ts';

/** The choice of a candidate, the rest as it comes. */
function choiceOf(members: string[], postprocessingFile: string | null = null): Choice {
  const best = { name: members.join(), members, dice: {}, score: 0.8, postprocessingFile };
  const models = { task: 'Task501_Liver', trainer: '', cascadeTrainer: '', plans: '' };
  return { ...models, folds: [0], candidates: [best], best, validated: {} };
}

function typed(changes: Partial<ExperimentSettings>, choice: Choice | null): Record<string, string | null> {
  const settings = settingsWith({ folds: [0], ...changes });
  const jobs = planJobs(settings, { ...facts, folds: [0] });
  const entries = jobs.map((job) => {
    const command = commandOf(job, { settings, choice, reportFile: '/exp/report.html' });
    return [job.id, command === null ? null : inShell(command)];
  });
  return Object.fromEntries(entries);
}

const TRAINERS = '-tr nnUNetTrainerV2 -ctr nnUNetTrainerV2CascadeFullRes';

describe('commandOf', () => {
  it('types every command of an experiment whose best candidate is an ensemble', () => {
    const changes = {
      configurations: ['2d', '3d_fullres'] as const,
      prediction,
      arguments: { train: ['--epochs', '3'], all: ['--root', '/my data'] },
    };
    expect(typed(changes, choiceOf(['2d', '3d_fullres'], '/pp.json'))).toEqual({
      prepare: "nnUNet_plan_and_preprocess -t Task501_Liver --root '/my data'",
      'train-2d-fold_0':
        "nnUNet_train 2d nnUNetTrainerV2 Task501_Liver 0 -p nnUNetPlansv2.1 -c --val_disable_overwrite --npz --epochs 3 --root '/my data'",
      'train-3d_fullres-fold_0':
        "nnUNet_train 3d_fullres nnUNetTrainerV2 Task501_Liver 0 -p nnUNetPlansv2.1 -c --val_disable_overwrite --npz --epochs 3 --root '/my data'",
      choose: `nnUNet_find_best_configuration -t Task501_Liver --strict -m 2d 3d_fullres -f 0 ${TRAINERS} -pl nnUNetPlansv2.1 --root '/my data'`,
      'predict-2d-part_0': `nnUNet_predict -i /in -o /out/2d -t Task501_Liver -m 2d ${TRAINERS} -p nnUNetPlansv2.1 -f 0 -z --root '/my data'`,
      'predict-3d_fullres-part_0': `nnUNet_predict -i /in -o /out/3d_fullres -t Task501_Liver -m 3d_fullres ${TRAINERS} -p nnUNetPlansv2.1 -f 0 -z --root '/my data'`,
      merge: "nnUNet_ensemble -f /out/2d /out/3d_fullres -o /out -pp /pp.json --root '/my data'",
      evaluate: "nnUNet_evaluate_folder -ref /ref -pred /out -l 1 2 --root '/my data'",
      report: `nnUNet_report -t Task501_Liver -o /exp/report.html ${TRAINERS} -pl nnUNetPlansv2.1 --predictions /out -i /in -ref /ref --root '/my data'`,
    });
  });

  it('predicts with a single best configuration into the output folder, without probabilities', () => {
    const changes = { configurations: ['2d', '3d_fullres'] as const, prediction: { ...prediction, parts: 2 } };
    const commands = typed(changes, choiceOf(['2d']));
    expect(commands['predict-2d-part_1']).toBe(
      `nnUNet_predict -i /in -o /out -t Task501_Liver -m 2d ${TRAINERS} -p nnUNetPlansv2.1 -f 0 --num_parts 2 --part_id 1`,
    );
    expect(commands.merge).toBeNull();
  });

  it('gives the cascade the label maps of 3d_lowres, which is a member or only serves it', () => {
    const changes = { configurations: ['3d_lowres', '2d', '3d_cascade_fullres'] as const, prediction };
    const lowresOf = (members: string[]) => {
      const commands = typed(changes, choiceOf(members));
      const output = / -o (\S+)/.exec(commands['predict-3d_lowres-part_0']!)![1];
      const input = / -l (\S+)/.exec(commands['predict-3d_cascade_fullres-part_0']!)![1];
      return [output, input];
    };
    expect(lowresOf(['3d_cascade_fullres'])).toEqual(Array(2).fill('/out/3d_lowres_predictions'));
    expect(lowresOf(['3d_lowres', '3d_cascade_fullres'])).toEqual(Array(2).fill('/out/3d_lowres'));
    expect(lowresOf(['2d', '3d_cascade_fullres'])).toEqual(Array(2).fill('/out/3d_lowres_predictions'));
  });

  it('trains the cascade with its own trainer on the predictions of the other', () => {
    const commands = typed({ configurations: ['3d_cascade_fullres'], trainer: 'MyTrainer', prediction }, null);
    expect(commands['train-3d_cascade_fullres-fold_0']).toBe(
      'nnUNet_train 3d_cascade_fullres nnUNetTrainerV2CascadeFullRes Task501_Liver 0 -p nnUNetPlansv2.1 -c --val_disable_overwrite --lowres_trainer MyTrainer',
    );
    // With nothing to choose from, predictions are known from the start.
    expect(commands['predict-3d_cascade_fullres-part_0']).toMatch(/ -o \/out .* -l \/out\/3d_lowres_predictions$/);
  });

  it('knows no prediction before the comparison', () => {
    const commands = typed({ configurations: ['2d', '3d_fullres'], prediction }, null);
    expect([commands['predict-2d-part_0'], commands.merge]).toEqual([null, null]);
  });
});
