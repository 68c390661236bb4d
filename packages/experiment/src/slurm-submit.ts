import { mkdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { joinPath } from '@nnunet/schema/internal';
import { withLock } from '@nnunet/store';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { Job } from './job.ts';
import { callSlurm, type SlurmClient } from './slurm-client.ts';
import { cancelTasks, type QueueEntry, readQueue } from './slurm-queue.ts';
import { lastTasks, readSubmitted, type SubmittedArray, writeSubmitted } from './slurm-record.ts';
import { type ScriptContext, slurmJobName, slurmScript, submitScript } from './slurm-script.ts';
import { dependencyText, planSubmissions, type SlurmTask, type Submission } from './slurm-submissions.ts';

export interface SubmitOptions {
  /** The whole graph, each job after those that it waits for. */
  jobs: readonly Job[];
  /** Ids of the jobs that are not done. */
  missing: ReadonlySet<string>;
  /** What runs according to the locks on the disk, with a remark about it. */
  running: ReadonlyMap<string, string>;
  script: ScriptContext;
  call: SlurmClient;
  /** For the record. */
  user: string;
  host: string;
  onLog?: (text: string) => void;
}

export interface SubmitResult {
  /** What was submitted now. */
  submitted: SubmittedArray[];
  /** Jobs that were queued or running already. */
  queued: Map<string, QueueEntry>;
}

/** The record of what was submitted. */
function submittedFile(folder: string): string {
  return joinPath(folder, 'submitted.json');
}

/**
 * Submits the jobs that are not done to Slurm, with their dependencies, in one call of sbatch per array. Jobs that are
 * queued or running already are left alone. If a call fails, everything that was submitted before it is cancelled.
 *
 * @throws NnUNetError 'usage' for options of sbatch that the program sets itself; 'slurm-failed'; 'locked' if someone
 * else is submitting the experiment
 */
export async function submitJobs(options: SubmitOptions): Promise<SubmitResult> {
  const { folder } = options.script;
  await mkdir(folder, { recursive: true });
  const purpose = 'the submission of this experiment';
  return withLock(joinPath(folder, 'submit.lock'), { purpose }, () => submitLocked(options));
}

async function submitLocked(options: SubmitOptions): Promise<SubmitResult> {
  const { jobs, missing, running, script, call } = options;
  const file = submittedFile(script.folder);
  const before = await readSubmitted(file);
  const tasks = lastTasks(before);
  const entries = await readQueue(call, new Map([...tasks].filter(([job]) => missing.has(job))));
  const queued = new Map([...entries].filter(([, { phase }]) => phase === 'waiting' || phase === 'running'));
  for (const [job, remark] of running) if (!queued.has(job)) throw runsElsewhere(job, remark);
  const stale = staleJobs(jobs, missing, queued);
  for (const job of stale) queued.delete(job);
  const rest = new Set([...missing].filter((job) => !queued.has(job)));
  const submissions = planSubmissions(jobs, rest, new Map([...queued.keys()].map((job) => [job, tasks.get(job)!])));
  // Before anything is changed: this refuses wrong options.
  const scripts = submissions.map((submission) => slurmScript(submission, script));
  await cancelTasks(
    call,
    [...stale].map((job) => tasks.get(job)!),
  );
  for (const [index, { name }] of submissions.entries())
    await writeFileAtomic(joinPath(script.folder, `${name}.sh`), scripts[index]!);
  if (submissions.length > 0)
    await writeFileAtomic(joinPath(script.folder, 'submit.sh'), submitScript(submissions, script));
  return { submitted: await submitAll(submissions, before, options), queued };
}

function runsElsewhere(job: string, remark: string): NnUNetError {
  return new NnUNetError('locked', {
    what: `${job} is running outside of Slurm: ${remark}`,
    remedy: 'Wait until it has finished, or stop it, and type the same line again.',
  });
}

/**
 * Jobs that wait in the queue for a task that has ended without success, and that is submitted anew now: Slurm cancels
 * them sooner or later, so they must be submitted anew, too.
 */
function staleJobs(
  jobs: readonly Job[],
  missing: ReadonlySet<string>,
  queued: ReadonlyMap<string, QueueEntry>,
): Set<string> {
  const stale = new Set<string>();
  const again = new Set<string>();
  for (const { id, after } of jobs) {
    if (!missing.has(id)) continue;
    const isStale = queued.get(id)?.phase === 'waiting' && after.some((job) => again.has(job));
    if (isStale) stale.add(id);
    if (isStale || !queued.has(id)) again.add(id);
  }
  return stale;
}

async function submitAll(
  submissions: readonly Submission[],
  before: readonly SubmittedArray[],
  { script, call, user, host, onLog }: SubmitOptions,
): Promise<SubmittedArray[]> {
  const submitted: SubmittedArray[] = [];
  const ids = new Map<string, string>();
  const record = () => writeSubmitted(submittedFile(script.folder), [...before, ...submitted]);
  try {
    for (const submission of submissions) {
      const { name, tasks } = submission;
      const dependency = dependencyText(submission, (other) => ids.get(other)!);
      const path = joinPath(script.folder, `${name}.sh`);
      const after = dependency === null ? [] : [`--dependency=${dependency}`];
      const answer = await callSlurm(call, 'sbatch', ['--parsable', ...after, path]);
      // On federated clusters followed by `;` and the cluster's name.
      const slurmId = /^(\d+)(?:;.*)?$/m.exec(answer)?.[1] ?? answer.trim();
      ids.set(name, slurmId);
      submitted.push({
        ...{ slurmId, name: slurmJobName(submission, script), tasks: [...tasks], dependency, script: path },
        ...{ time: new Date().toISOString(), user, host },
      });
      await record();
    }
  } catch (error) {
    await withdraw(submitted, { call, onLog });
    submitted.length = 0;
    await record();
    throw error;
  }
  return submitted;
}

async function withdraw(
  submitted: readonly SubmittedArray[],
  { call, onLog }: Pick<SubmitOptions, 'call' | 'onLog'>,
): Promise<void> {
  if (submitted.length === 0) return;
  const ids = submitted.map(({ slurmId }) => slurmId).join(' ');
  try {
    await callSlurm(call, 'scancel', ids.split(' '));
    onLog?.(`the jobs that were submitted before the error are cancelled: ${ids}`);
  } catch (error) {
    onLog?.(
      `the jobs that were submitted before the error could not be cancelled (${messageOf(error)}): scancel ${ids}`,
    );
  }
}

/**
 * Cancels everything of an experiment that is queued or running. Returns the jobs that were cancelled.
 *
 * @throws NnUNetError 'slurm-failed'
 */
export async function cancelJobs(folder: string, call: SlurmClient): Promise<string[]> {
  const tasks = await submittedTasks(folder);
  const entries = await readQueue(call, tasks);
  const alive = [...tasks].filter(([job]) => ['waiting', 'running'].includes(entries.get(job)!.phase));
  await cancelTasks(
    call,
    alive.map(([, task]) => task),
  );
  return alive.map(([job]) => job);
}

/** States in the queue of the jobs that were ever submitted, by id. */
export async function queueOf(folder: string, call: SlurmClient): Promise<Map<string, QueueEntry>> {
  return readQueue(call, await submittedTasks(folder));
}

/** The last submission of each job, by its id. */
export async function submittedTasks(folder: string): Promise<Map<string, SlurmTask>> {
  return lastTasks(await readSubmitted(submittedFile(folder)));
}
