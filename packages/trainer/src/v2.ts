export { shippedTrainersV2, type TrainerNameV2, type TrainersV2 } from './v2/trainer-registry-v2.ts';
export { type TrainerClassV2, type TrainerContextV2, TrainerV2 } from './v2/trainer-v2.ts';
