import { setTimeout as delay } from 'node:timers/promises';
import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { formatJson } from '@nnunet/schema';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import * as v from 'valibot';
import { callAt } from './call-at.ts';
import type { JobOutcome } from './job-record.ts';
import { readStored } from './read-stored.ts';
import { callSlurm, type SlurmClient } from './slurm-client.ts';
import { parseSlurmTime, secondsToSave } from './slurm-time.ts';

export interface SlurmJobOptions {
  /** Id of the Slurm job, with the task of an array. */
  id: string;
  /** Environment variables that Slurm sets in a job. */
  env: Readonly<Record<string, string | undefined>>;
  call: SlurmClient;
  /** Runs the command; `stopAt`: when to ask it to save and stop. */
  run(stopAt: Date | undefined): Promise<JobOutcome>;
  /** A text that changes with every piece of work that is finished and need not be done again. */
  progress(): Promise<string>;
  /** File that remembers how often it was requeued in vain. */
  file: string;
  /** Aborted by a signal to this process, with an error whose message begins with its name. */
  signal: AbortSignal;
  /** Milliseconds to wait before Slurm is asked again that did not answer. Default: 5000. */
  pause?: number;
  onLog?: (text: string) => void;
}

/** Times in a row that a job may be requeued without progress. */
const PATIENCE = 2;

const TRIES = 3;

/** Of the time to save, this part is left when a job is requeued whose command has not saved yet. */
const LAST_PART = 6;

const schema = v.looseObject({
  /** Id of the Slurm job. */
  id: v.string('a string expected'),
  /** Times in a row that its time was over without progress. */
  fruitless: v.number('a number expected'),
});

/**
 * Runs a job's command in a Slurm job. If the time of the Slurm job runs out, the command saves and stops, and the Slurm
 * job is requeued, as often as it takes; at the last moment also while the command is still busy, which then goes on from
 * what it saved earlier. A Slurm job that is cancelled is not requeued.
 *
 * @returns 'requeued' if it goes on later
 * @throws NnUNetError 'no-progress' if two requeues brought nothing; 'slurm-failed' if it cannot be requeued
 */
export async function runInSlurmJob(options: SlurmJobOptions): Promise<JobOutcome | 'requeued'> {
  const { run, progress, signal, onLog } = options;
  const time = await timeOf(options);
  const before = await progress();
  const stopAt = time === null ? undefined : new Date(time.end - 1000 * secondsToSave(time.limit));
  let isRequeued = false;
  const requeue = async () => {
    await requireProgress(before, options);
    await requeueJob(options);
    isRequeued = true;
  };
  // A job that Slurm ends at its limit is lost if its command is still busy then.
  let rescue: Promise<void> | undefined;
  const atLast = async () => {
    if ((await ownEntry('%T|%r', options)).startsWith('RUNNING|')) await requeue();
  };
  const cancelRescue =
    time &&
    callAt(new Date(time.end - (1000 * secondsToSave(time.limit)) / LAST_PART), () => {
      rescue = atLast().catch((error: unknown) => onLog?.(messageOf(error)));
    });
  const outcome = await run(stopAt);
  cancelRescue?.();
  await rescue;
  if (isRequeued) return 'requeued';
  if (outcome !== 'interrupted') return outcome;
  const warned = signal.aborted && /^SIGUSR1\b/.test((signal.reason as Error).message);
  const late = stopAt !== undefined && Date.now() >= stopAt.getTime();
  // Slurm ends jobs whose time is over, and those that someone cancels or requeues, with the same signal. To requeue a
  // cancelled one would bring it back to life.
  const state = await ownEntry('%T|%r', options);
  const ended = state === 'COMPLETING|TimeLimit';
  if (!ended && !(state.startsWith('RUNNING|') && (warned || late))) return 'interrupted';
  await requeue();
  return 'requeued';
}

/** @throws NnUNetError 'slurm-failed' if it cannot be requeued */
async function requeueJob({ id, call, onLog }: SlurmJobOptions): Promise<void> {
  const answer = await call('scontrol', ['requeue', id]);
  // Requeueing ends the processes of the job, scontrol among them.
  if (answer.code !== 0 && answer.code !== null) {
    throw new NnUNetError('slurm-failed', {
      what: `the time of Slurm job ${id} is over, and it could not be requeued: ${answer.errors.trim()}`,
      remedy: 'What was done is saved: type the same line again, and it goes on.',
    });
  }
  onLog?.(`the time of Slurm job ${id} is over: it is requeued and goes on later`);
}

/** The end of the Slurm job in milliseconds since 1970, and its limit in seconds; null if its time is not limited. */
async function timeOf(options: SlurmJobOptions): Promise<{ end: number; limit: number } | null> {
  const { SLURM_JOB_START_TIME, SLURM_JOB_END_TIME } = options.env;
  const [start, end] = [Number(SLURM_JOB_START_TIME), Number(SLURM_JOB_END_TIME)];
  // Newer versions of Slurm tell the job itself.
  if (start > 0 && end > start) return { end: 1000 * end, limit: end - start };
  const times = await ownEntry('%L|%l', options).catch((error: unknown) => {
    options.onLog?.(`${messageOf(error)}\nThe job runs nevertheless, and stops when Slurm warns it of its end.`);
    return '';
  });
  const [left = null, limit = null] = times.split('|').map(parseSlurmTime);
  return left === null || limit === null ? null : { end: Date.now() + 1000 * left, limit };
}

/** Asks several times: a busy controller does not answer each. */
async function ownEntry(format: string, { id, call, pause = 5000 }: SlurmJobOptions): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const text = await callSlurm(call, 'squeue', [`--jobs=${id}`, '--noheader', `--format=${format}`]);
      return text.trim();
    } catch (error) {
      if (tries === TRIES) throw error;
      await delay(pause);
    }
  }
}

/** @throws NnUNetError 'no-progress' */
async function requireProgress(before: string, { id, file, progress }: SlurmJobOptions): Promise<void> {
  // Another Slurm job may have been given more time.
  const memory = await readStored(file, schema, 'Delete this file.');
  const earlier = memory?.id === id ? memory.fruitless : 0;
  const fruitless = (await progress()) === before ? earlier + 1 : 0;
  await writeFileAtomic(file, formatJson({ id, fruitless }));
  if (fruitless <= PATIENCE) return;
  throw new NnUNetError('no-progress', {
    what: `the time of Slurm job ${id} was over ${fruitless} times in a row before anything was finished`,
    remedy: 'Give it more time, for example with --sbatch "--time=12:00:00", and type the same line again.',
  });
}
