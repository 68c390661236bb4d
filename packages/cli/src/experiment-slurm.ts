import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { type Experiment, inShell, isOver, type JobState, planJobs } from '@nnunet/experiment';
import { cancelJobs, queueOf, runInSlurmJob, slurmClient, submitJobs } from '@nnunet/experiment/slurm';
import type { CommandContext } from './command.ts';
import { estimatesOf } from './experiment-estimates.ts';
import { programFile } from './program-file.ts';
import { slurmJob } from './slurm-job.ts';

/** Variables that the commands read. */
const VARIABLES = [
  'nnUNet_raw_data_base',
  'nnUNet_preprocessed',
  'RESULTS_FOLDER',
  'nnUNet_plugins',
  'nnUNet_n_proc_DA',
];

/** More threads make a job hardly faster, but wait longer for a free node. */
const MOST_THREADS = 8;
const MEMORY_RESERVE = 1.25;

/** Slurm ends a requeued job within its KillWait, which is at most some minutes. */
const KILL_WAIT_MS = 300_000;

const client = () => slurmClient(process.env);

/** Submits what is missing of an experiment. */
export async function submitExperiment(experiment: Experiment, { print, reporter }: CommandContext): Promise<void> {
  await experiment.write();
  const states = await experiment.states();
  const refusal = [...states.values()].find((state) => state.refusal !== undefined)?.refusal;
  if (refusal !== undefined) throw refusal;
  const { settings, folder } = experiment;
  const missing = new Set(experiment.jobs.filter(({ id }) => !isOver(states.get(id)!)).map(({ id }) => id));
  const estimates = await estimatesOf(experiment);
  const environment = Object.fromEntries(
    VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const { submitted, queued } = await submitJobs({
    jobs: experiment.jobs,
    missing,
    script: {
      task: settings.task,
      experiment: settings.name,
      folder: folder.slurmFolder,
      sbatch: settings.sbatch,
      program: [
        ...[process.execPath, programFile('nnUNet_run'), '-t', settings.task, '--name', settings.name],
        ...(settings.arguments.all ?? []),
        '--job',
      ],
      environment,
      resourcesOf(id) {
        const estimate = estimates.get(id);
        if (estimate === undefined) return {};
        return { threads: Math.min(estimate.threads, MOST_THREADS), memory: MEMORY_RESERVE * estimate.memory };
      },
      commandOf(id) {
        const command = experiment.command(experiment.job(id));
        return command === null ? null : inShell(command);
      },
    },
    call: client(),
    user: userInfo().username,
    host: hostname(),
    onLog: (text) => reporter.message(text),
  });
  for (const { slurmId, name, tasks } of submitted)
    print(`submitted: ${slurmId} ${name}, ${counted(tasks.length, 'job')}`);
  if (queued.size > 0) print(`already queued or running: ${counted(queued.size, 'job')}`);
  if (submitted.length === 0 && queued.size === 0) print('everything is done');
  print(`scripts and logs: ${folder.slurmFolder}\nsee how far it is with --status`);
}

/** Runs one job inside of a Slurm job. Jobs that are done, or turn out not to be needed, end at once. */
export async function runSlurmJob(experiment: Experiment, id: string, { print, reporter, signal }: CommandContext) {
  const slurmId = slurmJob(process.env);
  if (slurmId === null)
    throw usageError({ what: '--job is for scripts of Slurm', remedy: 'To run the experiment here, leave it out.' });
  const { settings, facts } = experiment;
  if (
    !experiment.jobs.some((job) => job.id === id) &&
    planJobs(settings, { ...facts, planned: null }).some((job) => job.id === id)
  ) {
    print(`${id}: not needed, because it is not planned`);
    return;
  }
  const job = experiment.job(id);
  const state = (await experiment.states()).get(id)!;
  if (state.refusal !== undefined) throw state.refusal;
  if (isOver(state)) {
    print(`${id}: ${state.status}`);
    return;
  }
  const outcome = await runInSlurmJob({
    id: slurmId,
    env: process.env,
    call: client(),
    run: (stopAt) =>
      experiment.run(job, { signal, stopAt, batchJob: slurmId, onTakeOver: (text) => reporter.message(text) }),
    progress: () => experiment.progress(job),
    file: `${experiment.folder.slurmFolder}/${id}.requeued.json`,
    signal,
    onLog: (text) => reporter.message(text),
  });
  print(`${id}: ${outcome}`);
  if (outcome === 'done') return;
  // Slurm is about to end this process; to end by itself would look like the end of the job.
  if (outcome === 'requeued') await delay(KILL_WAIT_MS, undefined, { signal }).catch(() => undefined);
  throw new NnUNetError('job-failed', {
    what: `${id} is ${outcome === 'failed' ? 'over: its command failed' : outcome}`,
    where: experiment.folder.logFile(id),
    remedy: 'Read the end of this log.',
  });
}

/** Adds what Slurm says to the states of jobs that have not begun or have left no word. */
export async function statesOnSlurm(
  experiment: Experiment,
  states: ReadonlyMap<string, JobState>,
): Promise<Map<string, JobState>> {
  const merged = new Map(states);
  if (!wasSubmitted(experiment)) return merged;
  for (const [id, { phase, text }] of await queueOf(experiment.folder.slurmFolder, client())) {
    const state = merged.get(id);
    if (state === undefined || isOver(state) || phase === 'gone') continue;
    const remark = [state.remark, text].filter(Boolean).join('; ');
    if (phase === 'running' || phase === 'waiting') merged.set(id, { status: phase, remark });
    else merged.set(id, { ...state, remark });
  }
  return merged;
}

/** Cancels what is queued or running on Slurm. Returns the ids of the jobs. */
export async function cancelOnSlurm(experiment: Experiment): Promise<string[]> {
  return wasSubmitted(experiment) ? cancelJobs(experiment.folder.slurmFolder, client()) : [];
}

function wasSubmitted({ folder }: Experiment): boolean {
  return existsSync(`${folder.slurmFolder}/submitted.json`);
}
