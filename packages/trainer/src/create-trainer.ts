import { usageError } from '@nnunet/errors';
import type { Architectures } from '@nnunet/network';
import type { Configuration, Plans } from '@nnunet/schema';
import { chooseConfiguration } from './configuration.ts';
import type { Trainer } from './trainer.ts';
import { shippedTrainers, type TrainerName, type Trainers } from './trainer-registry.ts';

export interface TrainerChoice {
  plans: Plans;
  configuration: Configuration;
  trainer: TrainerName;
  /** Where the name is looked up. Default: the built-in trainers. */
  trainers?: Trainers;
  /** Where the architecture that the trainer names is looked up. Default: the built-in ones. */
  architectures?: Architectures;
}

/**
 * Creates a trainer by name, for a configuration.
 *
 * @throws NnUNetError 'unknown-trainer'; 'no-cascade' as in chooseConfiguration; 'usage' if a trainer of the cascade's
 * second stage is to train another configuration, or another trainer the cascade
 *
 * Origin: the assertions on the class in v1's `run_training`.
 */
export function createTrainer(choice: TrainerChoice): Trainer {
  const { plans, configuration, trainer, trainers = shippedTrainers, architectures } = choice;
  const trainerClass = trainers.get(trainer);
  const created = new trainerClass({ plans, ...chooseConfiguration(configuration, plans), architectures });
  if (created.needsPreviousStage() === created.trainsCascade()) return created;
  throw usageError({
    what: created.trainsCascade()
      ? `${trainer} trains the second stage of a cascade, but ${configuration} is not one`
      : `3d_cascade_fullres needs a trainer for the cascade, but ${trainer} is not one`,
    remedy: created.trainsCascade()
      ? `Use nnUNetTrainerV2, or train 3d_cascade_fullres.`
      : 'Use nnUNetTrainerV2CascadeFullRes, or a class that extends it.',
  });
}
