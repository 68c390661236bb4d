import type { TrainModelOptions } from './train-task.ts';

/** What nnUNet_train asks for where no option is given. */
export const usualTraining = {
  plansIdentifier: 'nnUNetPlansv2.1',
  continueTraining: false,
  validationOnly: false,
  validateBest: false,
  validationFolder: 'validation_raw',
  evaluate: true,
  overwrite: true,
  saveSoftmax: false,
} satisfies Partial<TrainModelOptions>;
