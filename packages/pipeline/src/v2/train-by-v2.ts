import { usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { shippedExtensions } from '../extensions.ts';
import type { FoldRules } from '../fold-rules.ts';
import type { TrainModelOptions } from '../train-task.ts';
import { type TrainDatasetOptions, trainDataset } from './train-dataset.ts';
import { trainingOfDataset } from './training-of-dataset.ts';
import { plansNameV2, trainerNameV2 } from './usual-names.ts';

/** v2's rules. */
export const trainingV2: FoldRules = {
  trainDataset,

  async planDataset(options) {
    return { ...(await trainingOfDataset(options)), evaluate: options.evaluate ?? true };
  },

  async train(options) {
    return this.trainDataset(asDatasetOptions(options));
  },

  async plan(options) {
    return this.planDataset(asDatasetOptions(options));
  },
};

/** The options of nnUNet_train as those of nnUNetv2_train. @throws NnUNetError 'usage' for those of v1 alone */
function asDatasetOptions(options: TrainModelOptions): TrainDatasetOptions {
  const { task, configuration, trainer, plansIdentifier, fold, saveSoftmax, ...rest } = options;
  const names = { trainer: trainerNameV2(trainer), plansName: plansNameV2(plansIdentifier) };
  const unknown = v1Only.filter(([, isGiven]) => isGiven(options)).map(([name]) => `\`${name}\``);
  if (unknown.length > 0) {
    throw usageError({
      what: `${task} is trained by the rules of nnU-Net v2, which do not have ${listed(unknown)}`,
      remedy: `Leave out ${listed(unknown)}. v2's own command is: nnUNetv2_train ${task} ${configuration} ${fold} -tr ${names.trainer} -p ${names.plansName}`,
    });
  }
  return {
    ...rest,
    ...names,
    extensions: { ...shippedExtensions, ...options.extensions },
    dataset: task,
    configuration,
    fold,
    saveProbabilities: saveSoftmax,
  };
}

/** Options of nnUNet_train that v2's trainings do not have, and whether they are given. */
const v1Only: readonly (readonly [string, (options: TrainModelOptions) => boolean])[] = [
  ['bareNaN', ({ bareNaN = false }) => bareNaN],
  ['validationFolder', ({ validationFolder }) => validationFolder !== FILE_NAMES.validation],
  ['overwrite: false', ({ overwrite }) => !overwrite],
  ['predictNextStage: false', ({ predictNextStage = true }) => !predictNextStage],
  ['batchPerSession', ({ batchPerSession = false }) => batchPerSession],
];
