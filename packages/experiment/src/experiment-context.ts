import type { Choice } from '@nnunet/ensemble/node';
import type { Extensions } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import type { ExperimentFolder } from './experiment-folder.ts';
import type { Job } from './job.ts';
import type { JobContext } from './job-command.ts';
import type { JobRecord } from './job-record.ts';
import type { ExperimentSettings, TaskFacts } from './settings.ts';

/** What the judgement of jobs needs to know of their experiment. */
export interface ExperimentContext {
  readonly roots: Roots;
  readonly settings: ExperimentSettings;
  /** Where trainers and image formats are looked up. */
  readonly extensions: Extensions;
  readonly folder: ExperimentFolder;
  readonly facts: TaskFacts;
  /** In an order in which they can be run. */
  readonly jobs: readonly Job[];
  /** The last comparison of these models, which may be outdated; null if there is none. */
  readonly choice: Choice | null;
  readonly inCommands: JobContext;
  /** Record of a job, by its id. */
  record(job: string): Promise<JobRecord | null>;
}
