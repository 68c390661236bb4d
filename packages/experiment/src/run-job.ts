import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { constants, hostname } from 'node:os';
import { NnUNetError } from '@nnunet/errors';
import { withLock } from '@nnunet/store';
import { fileError } from '@nnunet/tensor/node/internal';
import { callAt } from './call-at.ts';
import type { ExperimentFolder } from './experiment-folder.ts';
import { type Attempt, type JobOutcome, readJobRecord, writeJobRecord } from './job-record.ts';
import { inShell, type JobCommand } from './shell-command.ts';

export interface RunJobOptions {
  /** Id of the job. */
  job: string;
  command: JobCommand;
  folder: ExperimentFolder;
  /** Returns the file that Node runs for a command. */
  programFile(program: string): string;
  /** Environment of the command. */
  env: Readonly<Record<string, string | undefined>>;
  /** Asks the command to save and stop (SIGTERM). */
  signal?: AbortSignal;
  /** When to ask the command to save and stop (SIGUSR1). */
  stopAt?: Date;
  /** Id of the batch job that this process belongs to, for the record. */
  batchJob?: string;
  /** What the results will be made from, for the record. */
  madeFrom?: Record<string, string>;
  /** Called when the lock of an attempt that was killed is taken over. */
  onTakeOver?: (message: string) => void;
}

/** Signals that ask a command to save and stop. A command that they stopped exits with 128 + their number. */
const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
const INTERRUPTED = new Set<number | null>(STOPPING.map((signal) => 128 + constants.signals[signal]));

/**
 * Runs a job's command as a process, appends its output to the job's log, and records how it ended. The output goes to
 * the file directly, so that the command survives the end of this process.
 *
 * @throws NnUNetError 'locked' if the job is already running; 'bad-experiment' for a damaged record; 'no-access', …
 */
export async function runJob(options: RunJobOptions): Promise<JobOutcome> {
  const { job, folder, onTakeOver } = options;
  await folder.create();
  const purpose = `the job ${job}`;
  // A stop reaches the command itself; the lock stays until it has ended.
  return withLock(folder.jobLockFile(job), { purpose, onTakeOver }, () => runAlone(options));
}

async function runAlone(options: RunJobOptions): Promise<JobOutcome> {
  const { job, command, folder, batchJob } = options;
  const file = folder.recordFile(job);
  const record = (await readJobRecord(file)) ?? { job, attempts: [] };
  options.signal?.throwIfAborted();
  const started = new Date().toISOString();
  const child = start(options, started);
  const ended = endOf(child);
  const attempt: Attempt = {
    command: inShell(command),
    host: hostname(),
    pid: child.pid ?? 0,
    started,
    ended: null,
    exitCode: null,
    signal: null,
    outcome: null,
    ...(batchJob !== undefined && { batchJob }),
  };
  const attempts = [...record.attempts, attempt];
  const release = passOnStops(child, options);
  try {
    await writeJobRecord(file, { ...record, attempts });
    const { exitCode, signal } = await ended;
    const outcome = outcomeOf(exitCode, signal);
    Object.assign(attempt, { ended: new Date().toISOString(), exitCode, signal, outcome });
    const { madeFrom = record.madeFrom } = outcome === 'done' ? options : {};
    await writeJobRecord(file, { ...record, attempts, ...(madeFrom !== undefined && { madeFrom }) });
    return outcome;
  } finally {
    release();
  }
}

function start({ command, folder, job, programFile, env }: RunJobOptions, started: string): ChildProcess {
  const path = folder.logFile(job);
  let log: number;
  try {
    log = openSync(path, 'a');
  } catch (cause) {
    throw fileError(cause, path);
  }
  try {
    writeSync(log, `\n$ ${inShell(command)}\n# ${started} on ${hostname()}\n`);
    return spawn(process.execPath, [programFile(command.program), ...command.arguments], {
      stdio: ['ignore', log, log],
      env,
    });
  } finally {
    closeSync(log);
  }
}

function endOf(child: ChildProcess): Promise<{ exitCode: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    child.once('error', (cause) =>
      reject(
        new NnUNetError('job-failed', {
          what: 'the command could not be started',
          where: child.spawnfile,
          remedy: 'Free memory or processes, and type the same line again.',
          cause,
        }),
      ),
    );
  });
}

function outcomeOf(exitCode: number | null, signal: string | null): JobOutcome {
  if (exitCode === 0) return 'done';
  const stopped = INTERRUPTED.has(exitCode) || (STOPPING as readonly (string | null)[]).includes(signal);
  return stopped ? 'interrupted' : 'failed';
}

/** Passes on the wish to stop. Returns a function that ends that. */
function passOnStops(child: ChildProcess, { signal, stopAt }: RunJobOptions): () => void {
  const stop = () => void child.kill('SIGTERM');
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const cancelStop = stopAt && callAt(stopAt, () => void child.kill('SIGUSR1'));
  return () => {
    signal?.removeEventListener('abort', stop);
    cancelStop?.();
  };
}
