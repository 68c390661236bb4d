import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from './nnunet-trainer-v2.ts';
import type { TrainerClass } from './trainer.ts';
import { trainerVariants } from './variants/all-variants.ts';

const shipped = { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes, ...trainerVariants };

/** Name of a trainer: of a shipped one, or of yours. */
export type TrainerName = NameAmong<keyof typeof shipped>;

/** The shipped trainers by v1's class names. With `with(MyTrainer)` yours is found beside them. */
export const shippedTrainers = new Registry<TrainerClass, keyof typeof shipped>(
  { noun: 'trainer', unknown: 'unknown-trainer', accepts: classWith('recipe', 'describeModel') },
  shipped,
);

/** What trainers are found in: the shipped ones, and yours. */
export type Trainers = typeof shippedTrainers;
