import { type NameAmong, Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import { absentTrainersV2 } from './absent-trainers-v2.ts';
import { type TrainerClassV2, TrainerV2 } from './trainer-v2.ts';
import { trainerVariantsV2 } from './variants-v2.ts';

const shipped = { nnUNetTrainer: TrainerV2, ...trainerVariantsV2 };

/** Name of a trainer of nnU-Net v2. */
export type TrainerNameV2 = NameAmong<keyof typeof shipped>;

/** The trainers for plans of nnU-Net v2, by its class names. */
export const shippedTrainersV2 = new Registry<TrainerClassV2, keyof typeof shipped>(
  {
    noun: 'trainer of nnU-Net v2',
    unknown: 'unknown-trainer',
    ...classWith('recipe', 'lossOf'),
    absent: absentTrainersV2,
  },
  shipped,
);

/** A registry of trainers of nnU-Net v2: the built-in ones and your own. */
export type TrainersV2 = typeof shippedTrainersV2;
