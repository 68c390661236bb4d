import type { ExperimentSettings, TaskFacts } from './settings.ts';

/** Settings of a test, v1's unless said otherwise. */
export function settingsWith(changes: Partial<ExperimentSettings> = {}): ExperimentSettings {
  return {
    task: 'Task501_Liver',
    name: 'first',
    configurations: null,
    folds: null,
    trainer: 'nnUNetTrainerV2',
    cascadeTrainer: 'nnUNetTrainerV2CascadeFullRes',
    plansIdentifier: 'nnUNetPlansv2.1',
    prediction: null,
    arguments: {},
    sbatch: {},
    ...changes,
  };
}

export const prediction = { images: '/in', output: '/out', references: '/ref', parts: 1 };

/** A task that is planned with a cascade, with five folds and two labels. */
export const facts: TaskFacts = {
  folds: [0, 1, 2, 3, 4],
  undivided: null,
  planned: ['2d', '3d_lowres', '3d_fullres', '3d_cascade_fullres'],
  labels: [1, 2],
};

/** Settings of a test on a dataset of v2, v2's unless said otherwise. */
export function settingsV2(changes: Partial<ExperimentSettings> = {}): ExperimentSettings {
  const trainer = 'nnUNetTrainer';
  const usual = { task: 'Dataset501_Liver', trainer, cascadeTrainer: trainer, plansIdentifier: 'nnUNetPlans' };
  return settingsWith({ ...usual, ...changes });
}
