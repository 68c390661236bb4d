import { augmentationVariants } from './augmentation.ts';
import { cascadeVariants } from './cascade.ts';
import { firstGeneration } from './first-generation.ts';
import { lossVariants } from './loss.ts';
import { networkVariants } from './network.ts';
import { optimizerVariants } from './optimizer.ts';
import { otherVariants } from './other.ts';
import { regionVariants } from './regions.ts';
import { scheduleVariants } from './schedule.ts';

/** v1's variants of its trainers, under v1's names. */
export const trainerVariants = {
  ...augmentationVariants,
  ...cascadeVariants,
  ...firstGeneration,
  ...lossVariants,
  ...networkVariants,
  ...optimizerVariants,
  ...otherVariants,
  ...regionVariants,
  ...scheduleVariants,
};
