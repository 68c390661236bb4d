import { constants } from 'node:os';
import { isNnUNetError, NnUNetError, usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import type { Experiment, JobState } from '@nnunet/experiment';
import { cancelSubmitted, runSubmittedJob, slurmClient, submitExperiment, withQueue } from '@nnunet/experiment/slurm';
import type { CommandContext } from './command.ts';
import { estimatesOf } from './experiment-estimates.ts';
import { programFile } from './program-file.ts';
import { slurmJob } from './slurm-job.ts';

/** Variables that change what commands do: set in the scripts, because not every cluster passes on the environment. */
const PASSED_ON = ['nnUNet_plugins', 'nnUNet_def_n_proc', 'nnUNet_n_proc_DA', 'nnUNet_debug'] as const;

/** Submits what an experiment lacks, and prints the jobs. */
export async function submitToSlurm(experiment: Experiment, { print, reporter }: CommandContext): Promise<void> {
  const { roots, settings } = experiment;
  const { task, name } = settings;
  const { env } = process;
  const { submitted, queued } = await submitExperiment(experiment, {
    call: slurmClient(env),
    program: [process.execPath, programFile('nnUNet_run'), '-t', task, '--name', name, '--job'],
    environment: {
      ...variable('nnUNet_raw_data_base', roots.rawBase),
      ...variable('nnUNet_raw', roots.rawDatasets ?? null),
      ...variable('nnUNet_preprocessed', roots.preprocessed),
      ...variable('RESULTS_FOLDER', roots.results),
      ...Object.assign({}, ...PASSED_ON.map((key) => variable(key, env[key]))),
    },
    estimates: await estimatesOf(experiment),
    onLog: (text) => reporter.message(text),
  });
  for (const { slurmId, name: jobs, tasks } of submitted)
    print(`submitted: ${slurmId} ${jobs}, ${counted(tasks.length, 'job')}`);
  if (queued.size > 0) print(`already queued or running: ${counted(queued.size, 'job')}`);
  if (submitted.length === 0 && queued.size === 0) print('everything is done');
  else print(`scripts and logs: ${experiment.folder.slurmFolder}\nsee how far it is with --status`);
}

function variable(name: string, value: string | null | undefined): Record<string, string> {
  return value ? { [name]: value } : {};
}

/**
 * Runs one job of an experiment inside of a Slurm job. If its command ends without success, its exit code becomes that of
 * this process, so that Slurm and its accounts tell it.
 *
 * @throws NnUNetError 'job-failed' if the command of the job failed
 */
export async function runSlurmJob(experiment: Experiment, id: string, context: CommandContext): Promise<void> {
  const { print, reporter, signal } = context;
  const slurmId = slurmJob(process.env);
  if (slurmId === null)
    throw usageError({ what: '--job is for scripts of Slurm', remedy: 'To run the experiment here, leave it out.' });
  const call = slurmClient(process.env);
  const onLog = (text: string) => reporter.message(text);
  const outcome = await runSubmittedJob(experiment, id, { id: slurmId, env: process.env, call, signal, onLog });
  print(`${id}: ${outcome}`);
  if (outcome !== 'failed' && outcome !== 'interrupted') return;
  const { exitCode, signal: ended } = (await experiment.record(id))!.attempts.at(-1)!;
  // As a shell says it.
  process.exitCode = exitCode ?? 128 + constants.signals[ended as NodeJS.Signals];
  if (outcome === 'interrupted') return;
  throw new NnUNetError('job-failed', {
    what: `${id} failed`,
    where: experiment.folder.logFile(id),
    remedy: 'Read the end of this log, correct the cause, and type the line of the experiment again.',
  });
}

/** Adds what Slurm says to the states of jobs on the disk. If it cannot be asked, `unasked` says why. */
export async function statesOnSlurm(
  experiment: Experiment,
  states: ReadonlyMap<string, JobState>,
): Promise<{ states: ReadonlyMap<string, JobState>; unasked?: string }> {
  try {
    return { states: await withQueue(experiment, states, slurmClient(process.env)) };
  } catch (error) {
    if (!isNnUNetError(error, 'slurm-failed')) throw error;
    return { states, unasked: error.what };
  }
}

/**
 * Cancels what is queued or running on Slurm. Returns the ids of the jobs.
 *
 * @throws NnUNetError 'slurm-failed' naming the jobs that may go on
 */
export function cancelOnSlurm(experiment: Experiment): Promise<string[]> {
  return cancelSubmitted(experiment, slurmClient(process.env));
}
