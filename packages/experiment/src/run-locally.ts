import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from '@nnunet/store';
import type { Experiment } from './experiment.ts';
import type { Job } from './job.ts';
import type { JobOutcome } from './job-record.ts';
import { cancelAfterFailures, isOver, type JobState, throwRefusals } from './job-states.ts';
import { lastLines } from './last-lines.ts';
import type { RunJobOptions } from './run-job.ts';

export interface RunLocallyOptions {
  /** Trainings and predictions to run at a time. Each gets its share of the processors. */
  atOnce: number;
  /** Bytes that all jobs may use together. */
  memory: number;
  /** Bytes that a job needs; 0 if that is unknown. */
  memoryOf(job: Job): number;
  /** Environment for each of `count` jobs that share the machine. */
  environmentFor(count: number): Readonly<Record<string, string | undefined>>;
  /** Stops all jobs: they save, and the next call goes on. */
  signal: AbortSignal;
  onStart?: (job: Job) => void;
  onEnd?: (job: Job, outcome: JobOutcome, state: JobState) => void;
  /** Called every second with the jobs that run here, each with the last line of its log, and the states of all. */
  onView?: (running: readonly RunningJob[], states: ReadonlyMap<string, JobState>) => void;
  onMessage?: (text: string) => void;
}

/** What running an experiment needs of it. */
export interface LocalExperiment extends Pick<Experiment, 'jobs' | 'folder' | 'refresh' | 'write' | 'states'> {
  run(job: Job, more: Pick<RunJobOptions, 'signal' | 'env' | 'onTakeOver'>): Promise<JobOutcome>;
}

export interface RunningJob {
  job: Job;
  /** '' before it has said anything. */
  lastLine: string;
}

/** Jobs that use the whole machine; the others are short. */
const HEAVY = new Set(['train', 'predict']);
const VIEW_MS = 1000;
/** Between looks at jobs that other processes run. */
const WAIT_MS = 5000;

/**
 * Runs on this machine what is missing of an experiment: as many jobs at once as allowed, each after those that it waits
 * for. A job that fails stops only those that need it. No job is run twice by one call.
 *
 * @returns the states of all jobs at the end
 * @throws NnUNetError 'locked' if another process runs this experiment; 'other-settings' before anything is run
 */
export async function runLocally(
  experiment: LocalExperiment,
  options: RunLocallyOptions,
): Promise<ReadonlyMap<string, JobState>> {
  await experiment.folder.create();
  const { lockFile } = experiment.folder;
  const lock = { purpose: 'this experiment', onTakeOver: options.onMessage };
  return withLock(lockFile, lock, () => new LocalRun(experiment, options).run());
}

class LocalRun {
  readonly #experiment: LocalExperiment;
  readonly #options: RunLocallyOptions;
  readonly #running = new Map<Job, Promise<void>>();
  /** Ids of jobs that this run has started. */
  readonly #started = new Set<string>();
  readonly #done = new Map<string, JobState>();
  /** Jobs whose command ended well, but without its results. */
  readonly #lacking = new Map<string, JobState>();
  #states!: Map<string, JobState>;
  /** What cannot be recorded, such as a full disk. */
  #error: unknown;

  constructor(experiment: LocalExperiment, options: RunLocallyOptions) {
    this.#experiment = experiment;
    this.#options = options;
  }

  async run(): Promise<ReadonlyMap<string, JobState>> {
    const { signal } = this.#options;
    await this.#look();
    throwRefusals(this.#states);
    // A line that is refused must not replace the settings of the experiment.
    await this.#experiment.write();
    for (;;) {
      if (!signal.aborted && this.#error === undefined) this.#startReady();
      if (this.#running.size > 0) await this.#waitForOne();
      else if (signal.aborted || this.#error !== undefined || !this.#othersWork()) break;
      else {
        await delay(WAIT_MS, undefined, { signal }).catch(() => undefined);
        await this.#look();
      }
    }
    if (this.#error !== undefined) throw this.#error;
    return this.#states;
  }

  async #look(): Promise<void> {
    this.#states = await this.#experiment.states(this.#done);
    for (const [id, state] of this.#states) if (state.status === 'done') this.#done.set(id, state);
    for (const [id, state] of this.#lacking) if (!isOver(this.#states.get(id)!)) this.#states.set(id, state);
    cancelAfterFailures(this.#experiment.jobs, this.#states);
  }

  #startReady(): void {
    for (const job of this.#experiment.jobs) if (this.#isReady(job) && this.#fits(job)) this.#start(job);
  }

  #isReady({ id, after }: Job): boolean {
    const state = this.#states.get(id)!;
    const isOpen = !isOver(state) && state.status !== 'running' && !this.#started.has(id);
    return isOpen && after.every((other) => isOver(this.#states.get(other)!));
  }

  /** The first job always fits: its command judges the memory exactly. */
  #fits(job: Job): boolean {
    const running = [...this.#running.keys()];
    if (running.length === 0) return true;
    const { atOnce, memory, memoryOf } = this.#options;
    const heavy = running.filter(({ kind }) => HEAVY.has(kind)).length;
    const used = running.reduce((sum, other) => sum + memoryOf(other), 0);
    return (!HEAVY.has(job.kind) || heavy < atOnce) && used + memoryOf(job) <= memory;
  }

  #start(job: Job): void {
    const { signal, onStart, onMessage, atOnce, environmentFor } = this.#options;
    this.#started.add(job.id);
    onStart?.(job);
    const env = environmentFor(HEAVY.has(job.kind) ? atOnce : 1);
    const work = this.#experiment
      .run(job, { signal, env, onTakeOver: onMessage })
      .then((outcome) => this.#end(job, outcome))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#error ??= error;
      })
      .finally(() => this.#running.delete(job));
    this.#running.set(job, work);
  }

  async #end(job: Job, outcome: JobOutcome): Promise<void> {
    // The graph depends on the plans, and the commands on the best configuration.
    if (job.kind === 'prepare' || job.kind === 'choose') {
      await this.#experiment.refresh();
      await this.#experiment.write();
    }
    await this.#look();
    const state = this.#states.get(job.id)!;
    if (outcome === 'done' && !isOver(state) && state.status !== 'failed') {
      this.#lacking.set(job.id, {
        status: 'failed',
        remark: 'its command ended without an error, but its results are not all there',
        remedy: `Read ${this.#experiment.folder.logFile(job.id)}.`,
      });
      await this.#look();
    }
    this.#options.onEnd?.(job, outcome, this.#states.get(job.id)!);
  }

  async #waitForOne(): Promise<void> {
    const one = Promise.race(this.#running.values());
    const watch = setInterval(() => void this.#view(), VIEW_MS);
    try {
      await one;
    } finally {
      clearInterval(watch);
    }
  }

  async #view(): Promise<void> {
    const { folder } = this.#experiment;
    const running = [...this.#running.keys()].map(async (job) => {
      const [lastLine = ''] = await lastLines(folder.logFile(job.id), 1);
      return { job, lastLine };
    });
    this.#options.onView?.(await Promise.all(running), this.#states);
  }

  /** Whether other processes run jobs that some of ours wait for. */
  #othersWork(): boolean {
    return [...this.#states.values()].some(({ status }) => status === 'running');
  }
}
