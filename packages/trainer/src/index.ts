export type { Plans } from '@nnunet/schema';
export { batchPicture } from './batch-picture.ts';
export { createTrainer, type TrainerChoice } from './create-trainer.ts';
export { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from './default-trainer-v1.ts';
export {
  type FineTuning,
  type FineTuningOptions,
  prepareFineTuning,
  type TuneOptions,
  type TuningCase,
} from './fine-tuning.ts';
export type { EpochReport } from './finished-epoch.ts';
export { type LearningRatePoint, type LearningRateSearch, searchLearningRate } from './learning-rate-finder.ts';
export type { ClassCounts } from './online-evaluation.ts';
export { withPretrainedWeights } from './pretrained-weights.ts';
export { polyLearningRate } from './schedule.ts';
export { Trainer, type TrainerClass, type TrainerContext } from './trainer.ts';
export { shippedTrainers, type TrainerName, type Trainers } from './trainer-registry.ts';
export {
  type ListenerEntry,
  type Listeners,
  shippedListeners,
  type TrainingEvent,
  type TrainingListener,
} from './training-listener.ts';
export type { TrainingLog } from './training-log.ts';
export type {
  BatchSource,
  CheckpointKind,
  StepSettings,
  TrainingEngine,
  TrainingPorts,
  TrainingProgress,
} from './training-ports.ts';
export type { TrainingRules } from './training-rules.ts';
export { TrainingRun } from './training-run.ts';
export { defaultSettings, resolveSettings, type TrainingSettings } from './training-settings.ts';
export type { TrainingState } from './training-state.ts';
export type { TunedModel, TuningSettings } from './tuning.ts';
export type { PreparingProgress } from './tuning-protocol.ts';
