import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from './default-trainer-v1.ts';
import type { TrainerClass } from './trainer.ts';
import { trainerVariants } from './variants/all-variants.ts';

const shipped = { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes, ...trainerVariants };

/** Name of a trainer: built in, or your own. */
export type TrainerName = NameAmong<keyof typeof shipped>;

/** The built-in trainers, by v1's class names. `with(MyTrainer)` adds your own. */
export const shippedTrainers = new Registry<TrainerClass, keyof typeof shipped>(
  { noun: 'trainer', unknown: 'unknown-trainer', ...classWith('recipe', 'describeModel') },
  shipped,
);

/** A registry of trainers: the built-in ones and your own. */
export type Trainers = typeof shippedTrainers;
