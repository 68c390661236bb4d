import { listed } from '@nnunet/errors/internal';
import { plainTable } from '@nnunet/pipeline/internal';
import type { Job } from './job.ts';
import type { JobState } from './job-states.ts';

/**
 * Describes the states of all jobs for people: a table of trainings, configuration × fold, the other jobs line by line,
 * and what to know about those that run, have failed or are cancelled.
 */
export function statesInWords(jobs: readonly Job[], states: ReadonlyMap<string, JobState>): string[] {
  const trainings = jobs.filter(({ kind }) => kind === 'train');
  const others = jobs.filter(({ kind }) => kind !== 'train');
  const stateOf = ({ id }: Job) => states.get(id)!;
  return [
    ...trainingTable(trainings, states),
    '',
    ...plainTable(others.map((job) => [job.id, cell(stateOf(job))])),
    ...jobs.filter((job) => stateOf(job).status !== 'cancelled').flatMap((job) => details(job.id, stateOf(job))),
    ...cancellations(jobs, states),
  ];
}

/** Jobs that are cancelled for the same reason, together. */
function cancellations(jobs: readonly Job[], states: ReadonlyMap<string, JobState>): string[] {
  const byReason = new Map<string, string[]>();
  for (const { id } of jobs) {
    const { status, remark } = states.get(id)!;
    if (status === 'cancelled' && remark !== undefined) byReason.set(remark, [...(byReason.get(remark) ?? []), id]);
  }
  return [...byReason].flatMap(([reason, ids]) => ['', `cancelled: ${reason}: ${listed(ids, 6)}`]);
}

function trainingTable(trainings: readonly Job[], states: ReadonlyMap<string, JobState>): string[] {
  const folds = [...new Set(trainings.map(({ fold }) => String(fold)))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const rows = [...new Set(trainings.map(({ configuration }) => configuration!))].map((configuration) => {
    const own = trainings.filter((job) => job.configuration === configuration);
    const cells = folds.map((fold) => {
      const job = own.find((one) => String(one.fold) === fold);
      return job === undefined ? '' : cell(states.get(job.id)!);
    });
    return [configuration, ...cells];
  });
  return plainTable([['trainings', ...folds.map((fold) => (fold === 'all' ? fold : `fold ${fold}`))], ...rows]);
}

function cell({ status, dice }: JobState): string {
  return dice === undefined || Number.isNaN(dice) ? status : `${status} ${dice.toFixed(4)}`;
}

function details(id: string, { status, remark, lastLines = [], remedy }: JobState): string[] {
  if (remark === undefined || status === 'done') return [];
  const more = [...lastLines.map((line) => `| ${line}`), ...(remedy === undefined ? [] : [remedy])];
  return ['', `${id}: ${status}: ${remark}`, ...more.map((line) => `  ${line}`)];
}
