import * as adam from './adam.ts';
import * as augmentation from './augmentation.ts';
import * as cascade from './cascade.ts';
import * as firstGeneration from './first-generation.ts';
import * as loss from './loss.ts';
import {
  networkTrainers,
  nnUNetTrainerV2_NoNormalization_lr1en3,
  nnUNetTrainerV2_noDeepSupervision,
} from './network.ts';
import * as optimizer from './optimizer.ts';
import * as other from './other.ts';
import * as regions from './regions.ts';
import * as schedule from './schedule.ts';

/** v1's variants of its trainers, under v1's names. */
export const trainerVariants = {
  ...adam,
  ...augmentation,
  ...cascade,
  ...firstGeneration,
  ...loss,
  ...optimizer,
  ...other,
  ...regions,
  ...schedule,
  nnUNetTrainerV2_noDeepSupervision,
  nnUNetTrainerV2_NoNormalization_lr1en3,
  ...Object.fromEntries(networkTrainers.map((trainer) => [trainer.name, trainer])),
};
