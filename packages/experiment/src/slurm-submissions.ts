import type { Job, JobKind } from './job.ts';

/** A task in Slurm's queue. */
export interface SlurmTask {
  /** Id of the job or array, for example '4711'. */
  slurmId: string;
  /** Index in the array; null for a job without one. */
  index: number | null;
}

/** One call of sbatch: jobs of one array that wait for the same jobs. */
export interface Submission {
  /** Unique in the experiment, also as a file name: 'train-2d'. */
  name: string;
  /** Name of the array that it is a part of. */
  array: string;
  kind: JobKind;
  /** The job of each index; without indices there is one. */
  tasks: readonly { index: number | null; job: string }[];
  after: readonly Dependency[];
}

/** What a submission waits for. */
export interface Dependency {
  /** 'aftercorr': every task waits only for the task of the same index. */
  type: 'afterok' | 'aftercorr';
  /** Name of another submission, or the id of a job that is in the queue already. */
  on: { submission: string } | { slurmId: string };
  /** Indices of the tasks that are awaited; null: the whole job. */
  indices: readonly number[] | null;
}

/**
 * Divides the jobs that must still run into calls of sbatch, each after those that it waits for. Pure.
 *
 * @param jobs the whole graph, each job after those that it waits for
 * @param missing ids of the jobs to submit
 * @param queued jobs that are queued or running, by id; other jobs that are not missing count as done
 */
export function planSubmissions(
  jobs: readonly Job[],
  missing: ReadonlySet<string>,
  queued: ReadonlyMap<string, SlurmTask>,
): Submission[] {
  const sizes = new Map<string, number>();
  for (const { array } of jobs) sizes.set(array.name, (sizes.get(array.name) ?? 0) + 1);
  const submissions: Submission[] = [];
  const homes = new Map<string, { submission: Submission; index: number | null }>();
  for (const name of new Set(jobs.map(({ array }) => array.name))) {
    const groups = new Map<string, Submission>();
    for (const job of jobs.filter(({ id, array }) => array.name === name && missing.has(id))) {
      const index = sizes.get(name)! > 1 ? job.array.index : null;
      const after = dependenciesOf(job, index, { homes, queued });
      const key = JSON.stringify(after);
      let group = groups.get(key);
      if (group === undefined) {
        const suffix = groups.size === 0 ? '' : `-${groups.size + 1}`;
        group = { name: `${name}${suffix}`, array: name, kind: job.kind, tasks: [], after };
        groups.set(key, group);
        submissions.push(group);
      }
      (group.tasks as { index: number | null; job: string }[]).push({ index, job: job.id });
      homes.set(job.id, { submission: group, index });
    }
  }
  return submissions;
}

interface Known {
  homes: ReadonlyMap<string, { submission: Submission; index: number | null }>;
  queued: ReadonlyMap<string, SlurmTask>;
}

function dependenciesOf(job: Job, own: number | null, { homes, queued }: Known): Dependency[] {
  const awaited = new Map<string, { on: Dependency['on']; indices: (number | null)[]; size: number | null }>();
  for (const id of job.after) {
    const home = homes.get(id);
    const task = queued.get(id);
    const found =
      home !== undefined
        ? { on: { submission: home.submission.name }, index: home.index, size: home.submission.tasks.length }
        : task !== undefined
          ? { on: { slurmId: task.slurmId }, index: task.index, size: null }
          : null;
    if (found === null) continue;
    const key = JSON.stringify(found.on);
    const entry = awaited.get(key) ?? { on: found.on, indices: [], size: found.size };
    entry.indices.push(found.index);
    awaited.set(key, entry);
  }
  return [...awaited.values()].map(({ on, indices, size }) => {
    if (indices.includes(null) || indices.length === size) return { type: 'afterok', on, indices: null };
    if (indices.length === 1 && indices[0] === own) return { type: 'aftercorr', on, indices: null };
    return { type: 'afterok', on, indices: indices as number[] };
  });
}

/**
 * Returns the argument of sbatch's `--dependency`; null if there is nothing to wait for.
 *
 * @param idOf id of a submission by its name
 */
export function dependencyText({ after }: Submission, idOf: (submission: string) => string): string | null {
  if (after.length === 0) return null;
  const parts = after.map(({ type, on, indices }) => {
    const id = 'slurmId' in on ? on.slurmId : idOf(on.submission);
    const ids = indices === null ? [id] : indices.map((index) => `${id}_${index}`);
    return [type, ...ids].join(':');
  });
  return parts.join(',');
}
