import { expect, it } from 'vitest';
import type { SlurmAnswer, SlurmClient } from './slurm-client.ts';
import { cancelTasks, parseAccounts, parseQueue, readQueue } from './slurm-queue.ts';

/** A Slurm that answers with given texts; programs without one fail. */
function slurm(answers: Record<string, Partial<SlurmAnswer>>) {
  const calls: string[] = [];
  const call: SlurmClient = async (program, args) => {
    calls.push([program, ...args].join(' '));
    return { code: 0, output: '', errors: '', ...(answers[program] ?? { code: 1, errors: `${program}: error: x` }) };
  };
  return { calls, call };
}

const phases = (entries: ReturnType<typeof parseQueue>) =>
  Object.fromEntries([...entries].map(([id, { phase }]) => [id, phase]));

it('reads every task of squeue, also of arrays in one row', () => {
  const text = [
    '1_[2-4,7%2]|PENDING|Dependency||N/A|5:00',
    '1_0|RUNNING|None|node3|2026-11-29T08:48:20|1-00:58:01',
    '1_1|COMPLETING|None|node3|2026-11-29T08:48:20|0:45',
    '5|FAILED|NonZeroExitCode||2026-11-29T08:48:20|0:45',
    '6|PENDING|BeginTime||2026-11-29T08:50:54|1:00',
    '',
  ].join('\n');
  const entries = parseQueue(text);
  expect(phases(entries)).toEqual({
    ...{ '1_2': 'waiting', '1_3': 'waiting', '1_4': 'waiting', '1_7': 'waiting' },
    ...{ '1_0': 'running', '1_1': 'running', 5: 'ended', 6: 'waiting' },
  });
  expect(entries.get('1_0')).toMatchObject({ node: 'node3', text: 'Slurm job 1_0, 1-00:58:01 left of its time' });
  const unlimited = parseQueue('7|RUNNING|None|n|N/A|364-23:59:57').get('7')!;
  expect(unlimited.text).toBe('Slurm job 7');
  expect(entries.get('6')!.text).toBe('Slurm job 6: waits to go on, from 2026-11-29 08:50:54');
});

it('tells when a job is to begin, unless it waits for one without a time limit', () => {
  const inDays = (days: number) => new Date(Date.now() + 24 * 3600 * 1000 * days).toISOString().slice(0, 19);
  const textOf = (start: string) => parseQueue(`9|PENDING|Resources||${start}|UNLIMITED`).get('9')!.text;
  expect(textOf(inDays(99))).toBe(`Slurm job 9: waits for a free node, from ${inDays(99).replace('T', ' ')}`);
  for (const start of [inDays(101), 'N/A']) expect(textOf(start)).toBe('Slurm job 9: waits for a free node');
});

it.each([
  ['PENDING|Priority||N/A|', 'other jobs come first'],
  ['PENDING|JobHeldUser||N/A|', 'held (JobHeldUser); scontrol release 9 lets it run'],
  ['PENDING|QOSMaxJobsPerUserLimit||N/A|', 'QOSMaxJobsPerUserLimit'],
  ['CANCELLED|DependencyNeverSatisfied||N/A|', 'cancelled, because a job that it waited for has failed'],
  ['CANCELLED|None||N/A|', 'cancelled'],
  ['TIMEOUT|TimeLimit||N/A|', 'stopped at its time limit; type the same line again'],
  [
    'OUT_OF_MEMORY|OutOfMemory||N/A|',
    'needed more memory than it had; ask for more, for example with --sbatch "--mem=32G"',
  ],
  ['FAILED|NonZeroExitCode||N/A|', 'FAILED (NonZeroExitCode)'],
  ['NODE_FAIL|None||N/A|', 'its node failed; type the same line again'],
])('says in words: %s', (row, words) => {
  expect(parseQueue(`9|${row}`).get('9')!.text).toContain(`Slurm job 9: ${words}`);
});

it('takes only final states from accounts, which say REQUEUED of cancelled jobs for ever', () => {
  const text = '1_0|COMPLETED|0:0\n1_1|CANCELLED by 1000|0:15\n1_2|REQUEUED|0:0\n1_[3-4]|PENDING|0:0\n8|FAILED|3:0\n';
  const entries = parseAccounts(text);
  expect(phases(entries)).toEqual({ '1_0': 'ended', '1_1': 'ended', 8: 'ended' });
  expect(entries.get('8')!.text).toBe('Slurm job 8: FAILED (exit code 3)');
  expect(entries.get('1_1')!.state).toBe('CANCELLED');
});

const tasks = new Map([
  ['a', { slurmId: '1', index: 0 }],
  ['b', { slurmId: '1', index: 1 }],
  ['c', { slurmId: '2', index: null }],
]);

it('asks for accounts only of jobs that squeue no longer knows', async () => {
  const { call, calls } = slurm({
    squeue: { output: '1_0|RUNNING|None|n|N/A|0:10\n1_1|COMPLETED|None||N/A|0:10\n' },
    sacct: { output: '2|TIMEOUT|0:0\n1_0|FAILED|1:0\n' },
  });
  const entries = await readQueue(call, tasks);
  expect([...entries].map(([key, { state }]) => `${key} ${state}`)).toEqual(['a RUNNING', 'b COMPLETED', 'c TIMEOUT']);
  expect(calls).toEqual([
    'squeue --states=all --array --noheader --format=%i|%T|%r|%N|%S|%L --jobs=1,2',
    'sacct --allocations --parsable2 --noheader --format=JobID,State,ExitCode --jobs=2',
  ]);
  expect(await readQueue(slurm({}).call, new Map())).toEqual(new Map());
});

it('knows the tasks of an array that was cancelled as a whole, without asking for accounts', async () => {
  const squeue = { output: '1|CANCELLED|Resources||N/A|UNLIMITED\n2|RUNNING|None|n|N/A|0:10\n' };
  const { call, calls } = slurm({ squeue });
  expect([...(await readQueue(call, tasks)).values()].map(({ text }) => text)).toEqual([
    ...['Slurm job 1: cancelled', 'Slurm job 1: cancelled', 'Slurm job 2, 0:10 left of its time'],
  ]);
  expect(calls).toHaveLength(1);
});

it('takes jobs that nobody knows as gone, with accounting switched off, too', async () => {
  const forgotten = { code: 1, errors: 'slurm_load_jobs error: Invalid job id specified\n' };
  const entries = await readQueue(slurm({ squeue: forgotten }).call, tasks);
  expect([...entries.values()].map(({ phase }) => phase)).toEqual(['gone', 'gone', 'gone']);
});

it('does not take jobs as gone where squeue fails', async () => {
  const down = { code: 1, errors: 'slurm_load_jobs error: Unable to contact slurm controller\n' };
  await expect(readQueue(slurm({ squeue: down, sacct: {} }).call, tasks)).rejects.toThrow(
    /squeue failed: slurm_load_jobs error: Unable to contact/,
  );
});

it('cancels tasks by their ids', async () => {
  const { call, calls } = slurm({ scancel: {} });
  await cancelTasks(call, tasks.values());
  await cancelTasks(call, []);
  expect(calls).toEqual(['scancel 1_0 1_1 2']);
});
