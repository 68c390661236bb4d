import { NnUNetError } from '@nnunet/errors';
import { secondsInWords } from '@nnunet/errors/internal';
import { FILE_NAMES, joinPath } from '@nnunet/schema/internal';
import { lockHolder } from '@nnunet/store/internal';
import type { ExperimentContext } from './experiment-context.ts';
import { foldFolder } from './experiment-models.ts';
import type { Job } from './job.ts';
import { membersOf } from './job-members.ts';
import type { Attempt, JobRecord } from './job-record.ts';
import { resultsOf } from './job-results.ts';
import { lastLines } from './last-lines.ts';
import type { JobResults } from './result-files.ts';

/**
 * 'cancelled': it waits for a job that failed. 'not needed': the plans lack its configuration, the best configuration is
 * another one, or what it would make is no longer used.
 */
export type JobStatus = 'done' | 'running' | 'waiting' | 'failed' | 'cancelled' | 'not needed';

export interface JobState {
  status: JobStatus;
  /** Mean foreground Dice, of what has a score. */
  dice?: number;
  /** One sentence: how far a running job is, why one failed, what one waits for. */
  remark?: string;
  /** Of failed jobs: the last error in the log, or else its last lines. */
  lastLines?: string[];
  /** Of failed jobs: what to do. */
  remedy?: string;
  /** Forbids to run the job, because its results are of another kind than asked for. */
  refusal?: NnUNetError;
}

/** Of the end of a log: the last error, up to so many lines, or else so many of the last lines. */
const [LONGEST_ERROR, LINES_SHOWN] = [12, 5];
/** In which an error is looked for. */
const LINES_READ = 40;

/**
 * Reads the state of every job from the disk, in the order of the graph. Trainings are judged by themselves; other jobs
 * are done only if those that they wait for are.
 *
 * @param known states of jobs that are known to be done, whose results are not read again
 */
export async function readJobStates(
  context: ExperimentContext,
  known: ReadonlyMap<string, JobState>,
): Promise<Map<string, JobState>> {
  const states = new Map<string, JobState>();
  const prepare = context.jobs.filter(({ kind }) => kind === 'prepare');
  // Without the trainings, it is not known whether prepared data are still needed.
  const others = context.jobs.filter(({ kind }) => kind !== 'prepare');
  for (const job of others) {
    states.set(job.id, known.get(job.id) ?? (await stateOf(job, context, states)));
  }
  for (const job of prepare) {
    const state = known.get(job.id) ?? (await stateOf(job, context, states));
    const trainings = others.filter(({ kind }) => kind === 'train');
    const trained = trainings.every(({ id }) => states.get(id)!.status === 'done');
    states.set(job.id, state.status !== 'done' && trained ? { status: 'not needed' } : state);
  }
  cancelAfterFailures(context.jobs, states);
  return new Map(context.jobs.map(({ id }) => [id, states.get(id)!]));
}

async function stateOf(job: Job, context: ExperimentContext, states: ReadonlyMap<string, JobState>): Promise<JobState> {
  if (!isNeeded(job, context, states)) return { status: 'not needed' };
  const record = await context.record(job.id);
  const running = await runningState(job, context, record);
  if (running !== null) return running;
  const open = job.after.filter((id) => states.has(id) && !isOver(states.get(id)!));
  let results: JobResults = { done: false };
  if (job.kind === 'train' || open.length === 0) results = await resultsOf(job, context, record);
  if (results.done) return { status: 'done', ...(results.dice !== undefined && { dice: results.dice }) };
  if (results.refusal !== undefined) {
    const { what, remedy } = results.refusal;
    return { status: 'failed', remark: what, remedy, refusal: results.refusal };
  }
  const last = record?.attempts.at(-1);
  if (last !== undefined && last.outcome !== 'done' && last.outcome !== 'interrupted')
    return failed(job, context, last);
  return { status: 'waiting' };
}

/** Whether a job needs no more work. */
export function isOver({ status }: JobState): boolean {
  return status === 'done' || status === 'not needed';
}

/** Whether the best configuration, once it is known, leaves the job something to do. */
function isNeeded(job: Job, { choice }: ExperimentContext, states: ReadonlyMap<string, JobState>): boolean {
  const chosen = states.get('choose')?.status === 'done' ? choice : null;
  if (chosen === null) return true;
  if (job.kind === 'merge') return chosen.best.members.length > 1;
  const members = membersOf(job, chosen) ?? [];
  return job.onlyFor === undefined || job.onlyFor.some((configuration) => members.includes(configuration));
}

function trainingLock({ configuration, fold }: Job, context: ExperimentContext): string {
  return joinPath(foldFolder(context, configuration!, fold!), FILE_NAMES.trainingLock);
}

/** Whether the process of an attempt holds a lock. */
function isBy(attempt: Attempt | undefined, holder: Pick<Attempt, 'pid' | 'host'> | null): boolean {
  return holder !== null && attempt?.pid === holder.pid && attempt.host === holder.host;
}

/**
 * Returns the lock files of trainings of the experiment that go on although the process that ran it was killed. Those in
 * jobs of Slurm are left out. While such a process lives, all of its trainings are among them.
 */
export async function locksOfTrainings(context: ExperimentContext): Promise<string[]> {
  const locks: string[] = [];
  for (const job of context.jobs.filter(({ kind }) => kind === 'train')) {
    const last = (await context.record(job.id))?.attempts.at(-1);
    const file = trainingLock(job, context);
    if (last?.batchJob === undefined && isBy(last, await lockHolder(file))) locks.push(file);
  }
  return locks;
}

async function runningState(job: Job, context: ExperimentContext, record: JobRecord | null): Promise<JobState | null> {
  const own = await lockHolder(context.folder.jobLockFile(job.id));
  const other = job.kind === 'train' ? await lockHolder(trainingLock(job, context)) : null;
  if (own === null && other === null) return null;
  const last = record?.attempts.at(-1);
  // A command outlives the process that ran the jobs if that is killed.
  if (own === null && !isBy(last, other)) {
    const remark = `by process ${other!.pid} on ${other!.host}, which this experiment did not start`;
    return { status: 'running', remark };
  }
  const [line] = await lastLines(context.folder.logFile(job.id), 1);
  const started = last === undefined ? '' : `for ${secondsInWords((Date.now() - Date.parse(last.started)) / 1000)}`;
  return { status: 'running', remark: line ?? started };
}

async function failed(job: Job, { folder }: ExperimentContext, attempt: Attempt): Promise<JobState> {
  const log = folder.logFile(job.id);
  const end = await lastLines(log, LINES_READ);
  const error = end.map((line) => /^nnUNet(?:v2)?_\w+: error: /.test(line)).lastIndexOf(true);
  const lines = error >= 0 ? end.slice(error, error + LONGEST_ERROR) : end.slice(-LINES_SHOWN);
  return {
    status: 'failed',
    remark: endInWords(attempt),
    lastLines: lines,
    remedy: `Read ${log}, correct the cause, and type the same line again.`,
  };
}

function endInWords({ exitCode, signal, outcome, host }: Attempt): string {
  if (outcome === null) return `it left no word of its end: it was killed, or ${host} stopped`;
  if (signal === 'SIGKILL') return 'it was killed (SIGKILL), perhaps because memory ran out';
  return signal === null ? `exit code ${exitCode}` : `it was ended by ${signal}`;
}

/** @throws NnUNetError 'other-settings' naming all folds that are finished, but not as asked */
export function throwRefusals(states: ReadonlyMap<string, JobState>): void {
  const refusals = [...states.values()].flatMap(({ refusal }) => refusal ?? []);
  const [first] = refusals;
  if (first === undefined) return;
  throw new NnUNetError(first.tag, {
    what: refusals.map(({ what }) => what).join('\n'),
    where: first.where,
    remedy: first.remedy,
  });
}

/** Marks the jobs that wait for a failed one, directly or not, with the first that failed. */
export function cancelAfterFailures(jobs: readonly Job[], states: Map<string, JobState>): void {
  for (const job of jobs) {
    if (states.get(job.id)!.status !== 'waiting') continue;
    const cause = job.after.find((id) => ['failed', 'cancelled'].includes(states.get(id)!.status));
    if (cause === undefined) continue;
    const { status, remark } = states.get(cause)!;
    states.set(job.id, { status: 'cancelled', remark: status === 'cancelled' ? remark : `${cause} failed` });
  }
}
