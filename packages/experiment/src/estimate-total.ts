import type { Job } from './job.ts';
import type { JobEstimate } from './job-estimate.ts';

export interface TotalEstimate {
  /** Seconds of all jobs one after the other, whichever configuration is best. */
  seconds: { least: number; most: number };
  /** Ids of jobs whose time is not known. */
  unknown: string[];
}

/**
 * Adds up what jobs take. Before the best configuration is chosen, the predictions that it needs are not known: the time
 * then lies between that of the cheapest configuration and that of the dearest ensemble of two.
 *
 * @param jobs those that are still to run
 */
export function estimateTotal(jobs: readonly Job[], estimates: ReadonlyMap<string, JobEstimate>): TotalEstimate {
  const known = jobs.filter(({ id }) => typeof estimates.get(id)?.seconds === 'number');
  const unknown = jobs.filter(({ id }) => estimates.get(id)?.seconds === null).map(({ id }) => id);
  const totals = outcomes(jobs).map((members) =>
    known.reduce((sum, job) => sum + (isNeededFor(members, job) ? estimates.get(job.id)!.seconds! : 0), 0),
  );
  return { seconds: { least: Math.min(...totals), most: Math.max(...totals) }, unknown };
}

/** What the comparison may choose: a configuration, or two; null if it is done, or there is nothing to choose from. */
function outcomes(jobs: readonly Job[]): (readonly string[] | null)[] {
  if (!jobs.some(({ kind }) => kind === 'choose')) return [null];
  const users = jobs.filter(({ onlyFor }) => onlyFor !== undefined);
  const compared = [...new Set(users.flatMap(({ onlyFor }) => onlyFor!))];
  if (compared.length === 0) return [null];
  const pairs = compared.flatMap((one, i) => compared.slice(i + 1).map((other) => [one, other]));
  return [...compared.map((one) => [one]), ...pairs];
}

function isNeededFor(members: readonly string[] | null, { kind, onlyFor }: Job): boolean {
  if (members === null) return true;
  if (kind === 'merge') return members.length > 1;
  return onlyFor === undefined || onlyFor.some((configuration) => members.includes(configuration));
}
