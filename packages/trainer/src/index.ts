export { batchPicture } from './batch-picture.ts';
export { describeChangedSettings } from './changed-settings.ts';
export { type Checkpoint, decodeTrainingCheckpoint, encodeCheckpoint } from './checkpoint.ts';
export { type ChosenConfiguration, chooseConfiguration } from './configuration.ts';
export { createTrainer, type TrainerChoice } from './create-trainer.ts';
export { type LearningRatePoint, type LearningRateSearch, searchLearningRate } from './learning-rate-finder.ts';
export { MovingAverage } from './moving-average.ts';
export { nnUNetTrainerV2, nnUNetTrainerV2CascadeFullRes } from './nnunet-trainer-v2.ts';
export { type ClassCounts, OnlineEvaluation } from './online-evaluation.ts';
export { withPretrainedWeights } from './pretrained-weights.ts';
export { finishedShare, polyLearningRate, shareOfState, type TrainingPosition } from './schedule.ts';
export { Trainer, type TrainerClass, type TrainerContext } from './trainer.ts';
export { TrainerRegistry } from './trainer-registry.ts';
export { emptyTrainingLog, type TrainingLog } from './training-log.ts';
export type {
  BatchSource,
  CheckpointKind,
  EpochReport,
  StepSettings,
  TrainingEngine,
  TrainingPorts,
  TrainingProgress,
} from './training-ports.ts';
export { type TrainingRules, TrainingRun } from './training-run.ts';
export { defaultSettings, resolveSettings, type TrainingSettings } from './training-settings.ts';
export { startingState, type TrainingState } from './training-state.ts';
