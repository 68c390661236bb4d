export { type SlurmAnswer, type SlurmClient, type SlurmProgram, slurmClient } from './slurm-client.ts';
export {
  cancelSubmitted,
  runSubmittedJob,
  type SubmitExperimentOptions,
  submitExperiment,
  withQueue,
} from './slurm-experiment.ts';
export type { QueueEntry } from './slurm-queue.ts';
export type { SubmittedArray } from './slurm-record.ts';
export type { SubmitResult } from './slurm-submit.ts';
