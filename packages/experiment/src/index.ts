export { Experiment, type ExperimentOptions } from './experiment.ts';
export { defaultName, ExperimentFolder, type PlannedCommand } from './experiment-folder.ts';
export type {
  AskedPlans,
  CheckedExperiment,
  ExperimentModels,
  ExperimentRules,
  GraphRules,
  PlansAsked,
  ResultRules,
} from './experiment-rules.ts';
export { JOB_KINDS, type Job, type JobKind } from './job.ts';
export { commandOf } from './job-command.ts';
export type { JobContext } from './job-context.ts';
export { type Attempt, type JobOutcome, type JobRecord, readJobRecord } from './job-record.ts';
export { isOver, type JobState, type JobStatus } from './job-states.ts';
export { planJobs } from './plan-jobs.ts';
export { pluginModules } from './plugin-modules.ts';
export { rulesOfExperiment } from './rules-of-experiment.ts';
export { type RunJobOptions, runJob } from './run-job.ts';
export { type RunLocallyOptions, type RunningJob, runLocally } from './run-locally.ts';
export type { ExperimentSettings, PredictionSettings, TaskFacts } from './settings.ts';
export { parseSettings } from './settings-file.ts';
export { inShell, type JobCommand } from './shell-command.ts';
export { statesInWords } from './states-in-words.ts';
