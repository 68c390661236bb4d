export { JOB_KINDS, type Job, type JobKind } from './job.ts';
export type { ExperimentSettings, PredictionSettings, TaskFacts } from './settings.ts';
