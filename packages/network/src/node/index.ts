export type { LoweringChoice } from './choose-lowering.ts';
export type { Compute } from './compute.ts';
export { checkDevice, type DeviceName, deviceNames } from './device.ts';
export { type ParallelSessionOptions, ParallelTrainingSession } from './parallel-session.ts';
export { PredictionSession, type PredictionSessionOptions } from './prediction-session.ts';
export { requireDevice } from './require-device.ts';
export type { TrainingSessionOptions } from './session-start.ts';
export { type EvaluationResult, type StepResult, type TrainingBatch, TrainingSession } from './training-session.ts';
