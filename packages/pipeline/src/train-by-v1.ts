import {
  checkConfiguration,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  FILE_NAMES,
  trainerOf,
} from '@nnunet/schema/internal';
import { shippedExtensions } from './extensions.ts';
import type { FoldRules } from './fold-rules.ts';
import { rulesV1 } from './plan-task.ts';
import { trainTask } from './train-task.ts';
import { USUAL_PLANS_V2, USUAL_TRAINER_V2 } from './v2/usual-names.ts';

/** v1's rules. */
export const trainingV1: FoldRules = {
  train(options) {
    options.reporter.message(`${options.task} (rules of ${rulesV1.name})`);
    return trainTask(options);
  },

  async trainDataset({
    dataset,
    plansName = USUAL_PLANS_V2,
    trainer = USUAL_TRAINER_V2,
    saveProbabilities,
    ...options
  }) {
    const configuration = checkConfiguration(options.configuration);
    const usual = trainerOf({ trainer: DEFAULT_TRAINER, cascadeTrainer: DEFAULT_CASCADE_TRAINER }, configuration);
    return this.train({
      ...options,
      extensions: { ...shippedExtensions, ...options.extensions },
      task: String(dataset),
      configuration,
      trainer: trainer === USUAL_TRAINER_V2 ? usual : trainer,
      plansIdentifier: plansName === USUAL_PLANS_V2 ? DEFAULT_PLANS_IDENTIFIER : plansName,
      continueTraining: options.continueTraining ?? false,
      validationOnly: options.validationOnly ?? false,
      validateBest: options.validateBest ?? false,
      saveSoftmax: saveProbabilities ?? false,
      validationFolder: FILE_NAMES.validation,
      evaluate: true,
      overwrite: true,
    });
  },
};
