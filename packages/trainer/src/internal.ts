export { changedSettings, describeChangedSettings } from './changed-settings.ts';
export { decodeTrainingCheckpoint } from './checkpoint.ts';
export { torchOptimizerState } from './torch-optimizer-state.ts';
export type { TrainingDecisions } from './training-decisions.ts';
export { checkSettings } from './training-settings.ts';
export { stateFromJson } from './training-state.ts';
export { archiveOfTuned, type TunedArchive } from './tuned-archive.ts';
export { Tuning } from './tuning.ts';
