import type { Choice } from '@nnunet/ensemble/node';
import type { Extensions } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import type { Job } from './job.ts';
import type { JobContext } from './job-context.ts';
import type { JobRecord } from './job-record.ts';
import type { ExperimentSettings, TaskFacts } from './settings.ts';

/** Files of an experiment about its jobs. */
export interface ExperimentFiles {
  readonly reportFile: string;
  logFile(job: string): string;
  /** Held while a job runs. */
  jobLockFile(job: string): string;
}

/** What the judgement of jobs needs to know of their experiment. */
export interface ExperimentContext {
  readonly roots: Roots;
  readonly settings: ExperimentSettings;
  /** Where trainers and image formats are looked up. */
  readonly extensions: Extensions;
  readonly folder: ExperimentFiles;
  readonly facts: TaskFacts;
  /** In an order in which they can be run. */
  readonly jobs: readonly Job[];
  /** The last comparison of these models, which may be outdated; null if there is none. */
  readonly choice: Choice | null;
  readonly inCommands: JobContext;
  /** Record of a job, by its id. */
  record(job: string): Promise<JobRecord | null>;
}
