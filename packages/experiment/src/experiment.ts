import { resolve } from 'node:path';
import type { Choice } from '@nnunet/ensemble/node';
import { usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { Extensions } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import { checkSettings } from '@nnunet/trainer/internal';
import { askedSettings } from './asked-settings.ts';
import type { ExperimentContext } from './experiment-context.ts';
import { ExperimentFolder } from './experiment-folder.ts';
import type { ExperimentRules } from './experiment-rules.ts';
import type { Job } from './job.ts';
import { commandOf } from './job-command.ts';
import type { JobContext } from './job-context.ts';
import { progressOf } from './job-progress.ts';
import { type JobOutcome, type JobRecord, readJobRecord } from './job-record.ts';
import { type JobState, locksOfTrainings, readJobStates } from './job-states.ts';
import { planJobs } from './plan-jobs.ts';
import { modelsOf } from './prediction-results.ts';
import { rulesOfExperiment } from './rules-of-experiment.ts';
import { type RunJobOptions, runJob } from './run-job.ts';
import type { ExperimentSettings, TaskFacts } from './settings.ts';
import type { JobCommand } from './shell-command.ts';

export interface ExperimentOptions extends Pick<RunJobOptions, 'programFile' | 'env'> {
  roots: Roots;
  settings: ExperimentSettings;
  /** Where trainers and image formats are looked up. */
  extensions: Extensions;
}

/** An experiment with what the disk says about it. */
export class Experiment implements ExperimentContext {
  readonly roots: Roots;
  readonly settings: ExperimentSettings;
  readonly extensions: Extensions;
  readonly folder: ExperimentFolder;
  readonly #options: ExperimentOptions;
  #facts!: TaskFacts;
  #jobs!: readonly Job[];
  #choice!: Choice | null;

  private constructor(options: ExperimentOptions) {
    this.#options = options;
    this.roots = absolute(options.roots);
    this.settings = options.settings;
    this.extensions = options.extensions;
    this.folder = new ExperimentFolder(this.roots, options.settings);
  }

  /** @throws NnUNetError 'usage' for settings that do not fit the task; those of damaged files */
  static async open(options: ExperimentOptions): Promise<Experiment> {
    const experiment = new Experiment(options);
    await experiment.refresh();
    return experiment;
  }

  /** Reads again what the graph and the commands depend on: plans, splits, and the best configuration. */
  async refresh(): Promise<void> {
    const { roots, settings } = this;
    checkSettings(askedSettings(settings.arguments.train ?? []));
    const { facts, results } = this.rules;
    this.#facts = await facts(roots, settings);
    this.#jobs = planJobs(settings, this.#facts);
    this.#choice = await results.readChoice(roots, settings);
  }

  get rules(): ExperimentRules {
    return rulesOfExperiment(this.settings.task);
  }

  get facts(): TaskFacts {
    return this.#facts;
  }

  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  get choice(): Choice | null {
    return this.#choice;
  }

  get inCommands(): JobContext {
    return { settings: this.settings, choice: this.choice, reportFile: this.folder.reportFile };
  }

  /** @throws NnUNetError 'usage' */
  job(id: string): Job {
    const job = this.jobs.find((one) => one.id === id);
    if (job !== undefined) return job;
    const ids = this.jobs.map((one) => one.id);
    throw usageError({ what: `this experiment has no job "${id}"`, remedy: nearestNames(id, ids) });
  }

  /** The command of a job; null if it depends on a comparison that is not done yet. */
  command(job: Job): JobCommand | null {
    return commandOf(job, this.inCommands);
  }

  record(job: string): Promise<JobRecord | null> {
    return readJobRecord(this.folder.recordFile(job));
  }

  /**
   * Reads the state of every job from the disk.
   *
   * @param known states of jobs that are known to be done, whose results are not read again
   */
  states(known: ReadonlyMap<string, JobState> = new Map()): Promise<Map<string, JobState>> {
    return readJobStates(this, known);
  }

  /** Lock files of trainings that go on although the process that ran the experiment here was killed. */
  locksOfTrainings(): Promise<string[]> {
    return locksOfTrainings(this);
  }

  /** A text that changes with every piece of a job's work that need not be done again. */
  progress(job: Job): Promise<string> {
    return progressOf(job, this);
  }

  /**
   * Refuses what a job would be refused for in its turn, perhaps days later: trainers that do not exist, planners that
   * make other plans than those to train with, folders of images and references that do not fit together.
   *
   * @throws NnUNetError 'usage', 'unknown-planner', 'unknown-trainer', 'missing-file', 'missing-folder', 'no-images',
   * 'bad-image-name', 'missing-references', 'missing-predictions', …
   */
  check(): Promise<void> {
    return this.rules.check(this);
  }

  /** Writes settings, jobs and commands to the experiment's folder. */
  async write(): Promise<void> {
    const planned = this.jobs.map((job) => ({ job, command: this.command(job) }));
    await this.folder.writePlan(this.settings, planned);
  }

  /**
   * Runs a job whose predecessors are done.
   *
   * @param more changes of the environment, and when to stop
   * @throws NnUNetError 'locked' if it is already running
   */
  async run(job: Job, more: Omit<Partial<RunJobOptions>, 'job' | 'folder' | 'command'> = {}): Promise<JobOutcome> {
    const command = this.command(job);
    if (command === null) throw usageError({ what: `${job.id} cannot run before the best configuration is chosen` });
    const madeFrom = await modelsOf(job, this);
    return runJob({ ...this.#options, ...more, job: job.id, folder: this.folder, command, madeFrom });
  }
}

/** What commands are told, and compared by, must not depend on the folder that a line is typed in. */
function absolute({ rawBase, rawDatasets = null, preprocessed, results }: Roots): Roots {
  const whole = (path: string | null) => (path === null ? null : resolve(path));
  return {
    rawBase: whole(rawBase),
    rawDatasets: whole(rawDatasets),
    preprocessed: whole(preprocessed),
    results: whole(results),
  };
}
