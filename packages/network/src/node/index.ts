export type { Compute, LoweringChoice } from '../compute.ts';
export { type DeviceName, deviceNames } from '../device-name.ts';
export type { PredictionSessionOptions } from '../prediction-session-options.ts';
export { checkDevice } from './device.ts';
export { type ParallelSessionOptions, ParallelTrainingSession } from './parallel-session.ts';
export { PredictionSession } from './prediction-session.ts';
export { requireDevice } from './require-device.ts';
export type { TrainingSessionOptions } from './session-start.ts';
export { type EvaluationResult, type StepResult, type TrainingBatch, TrainingSession } from './training-session.ts';
