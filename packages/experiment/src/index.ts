export { defaultName, ExperimentFolder, type PlannedCommand } from './experiment-folder.ts';
export { JOB_KINDS, type Job, type JobKind } from './job.ts';
export { commandOf, inShell, type JobCommand, type JobContext } from './job-command.ts';
export { type Attempt, type JobOutcome, type JobRecord, readJobRecord } from './job-record.ts';
export { planJobs } from './plan-jobs.ts';
export { type RunJobOptions, runJob } from './run-job.ts';
export type { ExperimentSettings, PredictionSettings, TaskFacts } from './settings.ts';
export { readTaskFacts } from './task-facts.ts';
