import { callSlurm, refusal, type SlurmClient } from './slurm-client.ts';
import type { SlurmTask } from './slurm-submissions.ts';

/** What Slurm says about a job that was submitted. */
export interface QueueEntry {
  /** 'gone': Slurm has forgotten it; what lies on the disk tells how it ended. */
  phase: 'waiting' | 'running' | 'ended' | 'gone';
  /** Slurm's word, for example 'PENDING'; '' if it is gone. */
  state: string;
  /** In words, for people. */
  text: string;
  /** Node that it runs on. */
  node?: string;
}

/** States of jobs that wait, also of those that were requeued. */
const WAITING = new Set(['PENDING', 'REQUEUED', 'REQUEUE_FED', 'REQUEUE_HOLD', 'RESV_DEL_HOLD', 'SPECIAL_EXIT']);
const ENDED = new Set([
  ...['BOOT_FAIL', 'CANCELLED', 'COMPLETED', 'DEADLINE', 'FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED'],
  ...['REVOKED', 'TIMEOUT'],
]);

/** A job or task as it is named in Slurm's lists. */
export function slurmIdOf({ slurmId, index }: SlurmTask): string {
  return index === null ? slurmId : `${slurmId}_${index}`;
}

/**
 * Asks Slurm for the states of jobs: first squeue, which alone knows what waits and runs, then sacct for those that it no
 * longer knows, if the cluster keeps accounts.
 *
 * @param tasks any keys, such as the ids of the experiment's jobs
 * @throws NnUNetError 'slurm-failed' if squeue fails
 */
export async function readQueue<K>(call: SlurmClient, tasks: ReadonlyMap<K, SlurmTask>): Promise<Map<K, QueueEntry>> {
  const wanted = (rest: Iterable<SlurmTask>) => [...new Set([...rest].map(({ slurmId }) => slurmId))].join(',');
  const found = new Map<string, QueueEntry>();
  if (tasks.size > 0) {
    const format = '--format=%i|%T|%r|%N|%S|%L';
    const answer = await call('squeue', [
      ...['--states=all', '--array', '--noheader', format, `--jobs=${wanted(tasks.values())}`],
    ]);
    // So it says if it knows none of the jobs any more.
    const forgotten = answer.code !== 0 && /Invalid job id/i.test(answer.errors);
    if (answer.code !== 0 && !forgotten) throw refusal('squeue', answer);
    for (const [id, entry] of parseQueue(answer.output)) found.set(id, entry);
  }
  // An array that was cancelled before any of its tasks began is left as one job.
  const entryOf = (task: SlurmTask) => found.get(slurmIdOf(task)) ?? found.get(task.slurmId);
  const unknown = [...tasks.values()].filter((task) => entryOf(task) === undefined);
  if (unknown.length > 0) {
    const accounts = await readAccounts(call, wanted(unknown));
    for (const [id, entry] of accounts) if (!found.has(id)) found.set(id, entry);
  }
  const gone: QueueEntry = { phase: 'gone', state: '', text: 'Slurm no longer knows the job' };
  return new Map([...tasks].map(([key, task]) => [key, entryOf(task) ?? gone]));
}

/** States of jobs that have ended. Empty if the cluster keeps no accounts, or they cannot be reached. */
async function readAccounts(call: SlurmClient, jobs: string): Promise<Map<string, QueueEntry>> {
  const format = '--format=JobID,State,ExitCode';
  const answer = await call('sacct', ['--allocations', '--parsable2', '--noheader', format, `--jobs=${jobs}`]);
  return answer.code === 0 ? parseAccounts(answer.output) : new Map();
}

/** Parses squeue's rows `%i|%T|%r|%N|%S|%L`. */
export function parseQueue(text: string): Map<string, QueueEntry> {
  const entries = new Map<string, QueueEntry>();
  for (const line of linesOf(text)) {
    const [ids = '', state = '', reason = '', node = '', start = '', left = ''] = line.split('|');
    const phase = ENDED.has(state) ? 'ended' : WAITING.has(state) ? 'waiting' : 'running';
    const entry: QueueEntry = { phase, state, text: '', ...(phase === 'running' && node !== '' && { node }) };
    for (const id of expandTasks(ids)) {
      entries.set(id, { ...entry, text: inWords(entry, { id, reason, start, left }) });
    }
  }
  return entries;
}

/**
 * Parses sacct's rows `JobID|State|ExitCode`. Only final states count: accounts say REQUEUED or PENDING for ever of jobs
 * that were cancelled while they waited.
 */
export function parseAccounts(text: string): Map<string, QueueEntry> {
  const entries = new Map<string, QueueEntry>();
  for (const line of linesOf(text)) {
    const [ids = '', words = '', exitCode = ''] = line.split('|');
    // `CANCELLED by 0` has the user's number.
    const state = words.split(' ')[0]!;
    if (!ENDED.has(state)) continue;
    const reason = state === 'FAILED' ? `exit code ${exitCode.split(':')[0]}` : '';
    for (const id of expandTasks(ids)) {
      const entry: QueueEntry = { phase: 'ended', state, text: '' };
      entries.set(id, { ...entry, text: inWords(entry, { id, reason, start: '', left: '' }) });
    }
  }
  return entries;
}

/** Lists the tasks of an id such as `1_[2-4,7%2]`. */
function expandTasks(id: string): string[] {
  const [, job, list] = /^(\d+)_\[([\d,-]+)(?:%\d+)?\]$/.exec(id) ?? [];
  if (list === undefined) return [id];
  return list.split(',').flatMap((range) => {
    const [from, to = from] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: to! - from + 1 }, (_, offset) => `${job}_${from + offset}`);
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.includes('|'));
}

/** Reasons for which jobs wait, as Slurm writes them. */
const REASONS: Readonly<Record<string, string>> = {
  None: 'not looked at yet',
  Dependency: 'waits for other jobs',
  DependencyNeverSatisfied: 'a job that it waits for has failed',
  Priority: 'other jobs come first',
  Resources: 'waits for a free node',
};

/** Why jobs ended, and what to do about it. */
const ENDS: Readonly<Record<string, string>> = {
  CANCELLED: 'cancelled',
  DEADLINE: 'its deadline has passed',
  NODE_FAIL: 'its node failed; type the same line again',
  OUT_OF_MEMORY: 'needed more memory than it had; ask for more, for example with --sbatch "--mem=32G"',
  PREEMPTED: 'stopped for a more urgent job; type the same line again',
  TIMEOUT:
    'stopped at its time limit; type the same line again, perhaps with a longer one (--sbatch "--time=12:00:00")',
};

/** Milliseconds ahead: Slurm takes a job without a time limit to last a year, and those behind it to begin then. */
const FORESEEABLE = 100 * 24 * 3600 * 1000;

function inWords(
  { phase, state }: QueueEntry,
  { id, reason, start, left }: { id: string; reason: string; start: string; left: string },
): string {
  // Without a limit, Slurm counts from a year.
  const isLimited = /^(?:\d{1,2}-)?[\d:]+$/.test(left);
  if (phase === 'running') return `Slurm job ${id}${isLimited ? `, ${left} left of its time` : ''}`;
  if (phase === 'ended') {
    if (state === 'COMPLETED') return `Slurm job ${id} has ended`;
    if (state === 'CANCELLED' && reason === 'DependencyNeverSatisfied')
      return `Slurm job ${id}: cancelled, because a job that it waited for has failed`;
    const because = reason === '' || reason === 'None' || reason === state ? '' : ` (${reason})`;
    return `Slurm job ${id}: ${ENDS[state] ?? `${state}${because}`}`;
  }
  if (state === 'REQUEUE_HOLD' || /held|hold/i.test(reason))
    return `Slurm job ${id}: held (${reason}); scontrol release ${id} lets it run`;
  const isForeseen = Date.parse(start) - Date.now() < FORESEEABLE;
  const time = isForeseen ? `, from ${start.replace('T', ' ')}` : '';
  if (reason === 'BeginTime') return `Slurm job ${id}: waits to go on${time}`;
  return `Slurm job ${id}: ${REASONS[reason] ?? reason}${time}`;
}

/** Cancels jobs; those that have ended are left as they are. */
export async function cancelTasks(call: SlurmClient, tasks: Iterable<SlurmTask>): Promise<void> {
  const ids = [...tasks].map(slurmIdOf);
  if (ids.length > 0) await callSlurm(call, 'scancel', ids);
}
