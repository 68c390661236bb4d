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
import { planTraining, type TrainModelOptions, trainTask } from './train-task.ts';
import type { TrainDatasetOptions } from './v2/train-dataset.ts';
import { USUAL_PLANS_V2, USUAL_TRAINER_V2 } from './v2/usual-names.ts';

/** v1's rules. */
export const trainingV1: FoldRules = {
  train(options) {
    tellRules(options);
    return trainTask(options);
  },

  async plan(options) {
    tellRules(options);
    return { ...(await planTraining(options)), evaluate: options.evaluate };
  },

  async trainDataset(options) {
    return this.train(asTaskOptions(options));
  },

  async planDataset(options) {
    return this.plan(asTaskOptions(options));
  },
};

function tellRules({ task, reporter }: TrainModelOptions): void {
  reporter.message(`${task} (rules of ${rulesV1.name})`);
}

/** The options of nnUNetv2_train as those of nnUNet_train. @throws NnUNetError 'usage' for a configuration of v2 alone */
function asTaskOptions({
  dataset,
  plansName = USUAL_PLANS_V2,
  trainer = USUAL_TRAINER_V2,
  saveProbabilities,
  ...options
}: TrainDatasetOptions): TrainModelOptions {
  const configuration = checkConfiguration(options.configuration);
  const usual = trainerOf({ trainer: DEFAULT_TRAINER, cascadeTrainer: DEFAULT_CASCADE_TRAINER }, configuration);
  return {
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
    evaluate: options.evaluate ?? true,
    overwrite: true,
  };
}
