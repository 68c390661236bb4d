export { type SlurmAnswer, type SlurmClient, type SlurmProgram, slurmClient } from './slurm-client.ts';
export { runSubmittedJob, type SubmitExperimentOptions, submitExperiment, withQueue } from './slurm-experiment.ts';
export type { QueueEntry } from './slurm-queue.ts';
export type { SubmittedArray } from './slurm-record.ts';
export { cancelJobs, type SubmitResult } from './slurm-submit.ts';
