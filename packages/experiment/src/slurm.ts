export { type SlurmAnswer, type SlurmClient, type SlurmProgram, slurmClient } from './slurm-client.ts';
export { runInSlurmJob, type SlurmJobOptions } from './slurm-job.ts';
export type { QueueEntry } from './slurm-queue.ts';
export type { SubmittedArray } from './slurm-record.ts';
export type { JobResources, ScriptContext } from './slurm-script.ts';
export { cancelJobs, queueOf, type SubmitOptions, type SubmitResult, submitJobs } from './slurm-submit.ts';
