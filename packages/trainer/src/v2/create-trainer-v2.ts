import { shippedTrainersV2, type TrainerNameV2, type TrainersV2 } from './trainer-registry-v2.ts';
import type { TrainerContextV2, TrainerV2 } from './trainer-v2.ts';

/** The trainer that is taken if none is named. */
export const DEFAULT_TRAINER_V2 = 'nnUNetTrainer';

export interface TrainerChoiceV2 extends TrainerContextV2 {
  /** v2's name of the trainer. Default: 'nnUNetTrainer'. */
  trainer?: TrainerNameV2;
  /** Where it is looked up. Default: the shipped ones. */
  trainers?: TrainersV2;
}

/** Creates a trainer of nnU-Net v2 by name. @throws NnUNetError 'unknown-trainer', 'bad-plans', 'bad-dataset', … */
export function createTrainerV2(choice: TrainerChoiceV2): TrainerV2 {
  const { trainer = DEFAULT_TRAINER_V2, trainers = shippedTrainersV2 } = choice;
  return new (trainers.get(trainer))(choice);
}
