import { hostname, userInfo } from 'node:os';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import type { Experiment } from './experiment.ts';
import type { JobEstimate } from './job-estimate.ts';
import type { JobOutcome } from './job-record.ts';
import { cancelAfterFailures, isOver, type JobState, throwRefusals } from './job-states.ts';
import { planJobs } from './plan-jobs.ts';
import { inShell } from './shell-command.ts';
import type { SlurmClient } from './slurm-client.ts';
import { runInSlurmJob, type SlurmJobOptions } from './slurm-job.ts';
import { type QueueEntry, slurmIdOf } from './slurm-queue.ts';
import type { JobResources } from './slurm-script.ts';
import { cancelJobs, queueOf, type SubmitResult, submitJobs, submittedTasks } from './slurm-submit.ts';

/** More threads hardly make a job faster, but let it wait longer for a free node. */
const MOST_THREADS = 8;

/** Memory beyond the estimate: a share of it, and bytes for the program around the command. */
const SPARE = { factor: 1.3, program: 2 ** 28 };

export interface SubmitExperimentOptions {
  call: SlurmClient;
  /** The program that runs a job of the experiment, up to the id of the job. */
  program: readonly string[];
  /** Environment variables to set in the jobs, besides those of the caller. */
  environment: Readonly<Record<string, string>>;
  /** What the jobs are expected to take, by their ids. */
  estimates: ReadonlyMap<string, JobEstimate>;
  onLog?: (text: string) => void;
}

/**
 * Submits what an experiment lacks to Slurm: nothing that is done, queued or running.
 *
 * @throws NnUNetError 'other-settings' if a fold is finished, but not as asked; 'locked' if a job runs outside of Slurm;
 * those of {@link submitJobs}
 */
export async function submitExperiment(
  experiment: Experiment,
  { call, program, environment, estimates, onLog }: SubmitExperimentOptions,
): Promise<SubmitResult> {
  const { settings, folder, jobs } = experiment;
  const states = await experiment.states();
  throwRefusals(states);
  await experiment.write();
  const commandOf = (id: string) => {
    const command = experiment.command(experiment.job(id));
    return command === null ? null : inShell(command);
  };
  return submitJobs({
    jobs,
    missing: new Set(jobs.map(({ id }) => id).filter((id) => !isOver(states.get(id)!))),
    running: new Map(
      [...states].flatMap(([id, { status, remark = '' }]) => (status === 'running' ? [[id, remark]] : [])),
    ),
    script: {
      ...{
        task: settings.task,
        experiment: settings.name,
        folder: folder.slurmFolder,
        sbatch: settings.sbatch,
      },
      ...{ program, environment, commandOf, resourcesOf: (id) => resourcesFor(estimates.get(id)) },
    },
    ...{ call, user: userInfo().username, host: hostname() },
    ...(onLog && { onLog }),
  });
}

/** What is asked for: more memory than is expected, because a job that exceeds it is lost. */
function resourcesFor(estimate: JobEstimate | undefined): JobResources {
  if (estimate === undefined) return {};
  return { threads: Math.min(estimate.threads, MOST_THREADS), memory: SPARE.factor * estimate.memory + SPARE.program };
}

/**
 * Runs one job of an experiment in the Slurm job of this process. See {@link runInSlurmJob}.
 *
 * @returns 'not needed' if the best configuration or the plans leave it nothing to do
 * @throws NnUNetError 'job-failed' if a job that it waits for is not done; those of {@link runInSlurmJob}
 */
export async function runSubmittedJob(
  experiment: Experiment,
  id: string,
  options: Pick<SlurmJobOptions, 'id' | 'env' | 'call' | 'signal' | 'onLog'>,
): Promise<JobOutcome | 'requeued' | 'not needed'> {
  // Jobs that are submitted before the plans are made may turn out to be none.
  const { jobs, settings, facts } = experiment;
  const isKnown = jobs.some((one) => one.id === id);
  if (!isKnown && planJobs(settings, { ...facts, planned: null }).some((one) => one.id === id)) return 'not needed';
  const job = experiment.job(id);
  const states = await experiment.states();
  const { status, refusal } = states.get(id)!;
  if (refusal !== undefined) throw refusal;
  if (status === 'done' || status === 'not needed') return status;
  const open = job.after.find((other) => states.has(other) && !isOver(states.get(other)!));
  if (open !== undefined) {
    throw new NnUNetError('job-failed', {
      what: `${id} waits for ${open}, which is not done`,
      where: experiment.folder.logFile(open),
      remedy: 'Type the line of the experiment again: it submits what is missing.',
    });
  }
  const { onLog, signal, id: batchJob } = options;
  return runInSlurmJob({
    ...options,
    file: `${experiment.folder.slurmFolder}/${id}.requeues.json`,
    progress: () => experiment.progress(job),
    run: (stopAt) =>
      experiment.run(job, { signal, batchJob, ...(onLog && { onTakeOver: onLog }), ...(stopAt && { stopAt }) }),
  });
}

/**
 * Adds what Slurm says to the states of jobs on the disk: what is queued, and why jobs ended that never wrote a record.
 *
 * @throws NnUNetError 'slurm-failed'
 */
export async function withQueue(
  experiment: Experiment,
  states: ReadonlyMap<string, JobState>,
  call: SlurmClient,
): Promise<Map<string, JobState>> {
  const queue = await queueOf(experiment.folder.slurmFolder, call);
  const merged = new Map<string, JobState>();
  for (const [id, state] of states) {
    const entry = queue.get(id);
    merged.set(id, entry === undefined ? state : mergeState(state, entry));
  }
  cancelAfterFailures(experiment.jobs, merged);
  return merged;
}

/**
 * Cancels everything of an experiment that is queued or running. Returns the jobs that were cancelled.
 *
 * @throws NnUNetError 'slurm-failed' if Slurm cannot be asked or refuses, naming the jobs that are not done: they may go on
 */
export async function cancelSubmitted(experiment: Experiment, call: SlurmClient): Promise<string[]> {
  const { slurmFolder } = experiment.folder;
  try {
    return await cancelJobs(slurmFolder, call);
  } catch (error) {
    if (!isNnUNetError(error, 'slurm-failed')) throw error;
    const states = await experiment.states();
    const tasks = await submittedTasks(slurmFolder);
    const open = [...tasks].filter(([job]) => states.has(job) && !isOver(states.get(job)!));
    if (open.length === 0) return [];
    const names = open.map(([job, task]) => `${job} (${slurmIdOf(task)})`);
    throw new NnUNetError('slurm-failed', {
      what: `what was submitted to Slurm is not cancelled, since ${error.what}; not done yet, as the disk says: ${listed(names)}`,
      remedy: `Type the same line on a login node of the cluster, as the user who submitted it, or there: scancel ${[...new Set(open.map(([, { slurmId }]) => slurmId))].join(' ')}`,
      cause: error,
    });
  }
}

/** Reasons of Slurm that say more than the record of a job that it ended. */
const TELLING = new Set(['TIMEOUT', 'OUT_OF_MEMORY', 'NODE_FAIL', 'BOOT_FAIL', 'DEADLINE', 'PREEMPTED']);

function mergeState(state: JobState, { phase, state: slurmState, text }: QueueEntry): JobState {
  if (isOver(state) || state.refusal !== undefined || phase === 'gone') return state;
  if (phase === 'waiting') return { status: 'waiting', remark: text };
  if (phase === 'running') {
    const remark = state.status === 'running' && state.remark ? `${state.remark} (${text})` : text;
    return { status: 'running', remark };
  }
  // The disk names the job that failed, and Slurm who cancelled it.
  if (slurmState === 'CANCELLED') return state.status === 'cancelled' ? state : { status: 'cancelled', remark: text };
  if (TELLING.has(slurmState) || (state.status !== 'failed' && slurmState !== 'COMPLETED')) {
    return { remedy: 'Type the same line again.', ...state, status: 'failed', remark: text };
  }
  return state;
}
