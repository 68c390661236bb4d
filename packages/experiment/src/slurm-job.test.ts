import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '@nnunet/testing';
import { expect, it } from 'vitest';
import type { SlurmAnswer, SlurmClient } from './slurm-client.ts';
import { runInSlurmJob, type SlurmJobOptions } from './slurm-job.ts';

/** A job of Slurm with a minute left of ten. */
function setting(more: Partial<SlurmJobOptions> = {}, answers: Record<string, Partial<SlurmAnswer>> = {}) {
  const calls: string[] = [];
  const usual: typeof answers = { squeue: { output: '1:00|10:00\n' }, state: { output: 'RUNNING|None\n' } };
  const call: SlurmClient = async (program, args) => {
    calls.push([program, ...args].join(' '));
    const key = args.includes('--format=%T|%r') ? 'state' : program;
    return { code: 0, output: '', errors: '', ...usual[key], ...answers[key] };
  };
  const options: SlurmJobOptions = {
    ...{ id: '7_3', env: {}, call, signal: new AbortController().signal, file: join(temporaryFolder(), 'job.json') },
    run: async () => 'interrupted',
    progress: async () => String(calls.length),
    ...more,
  };
  return { calls, options };
}

const aborted = (signal: string) => AbortSignal.abort(new DOMException(`${signal} received`, 'AbortError'));
const requeue = 'scontrol requeue 7_3';
/** Runs until the moment at which the command is asked to stop. */
const untilStopped = async (stopAt: Date | undefined) => {
  stopAt!.setTime(Date.now() - 1);
  return 'interrupted' as const;
};

it('asks the command to stop in time, as far as the time is limited', async () => {
  const stops: (number | null)[] = [];
  const run = async (stopAt: Date | undefined) => {
    stops.push(stopAt === undefined ? null : Math.round((stopAt.getTime() - Date.now()) / 1000));
    return 'done' as const;
  };
  expect(await runInSlurmJob(setting({ run }).options)).toBe('done');
  await runInSlurmJob(setting({ run }, { squeue: { output: 'UNLIMITED|UNLIMITED\n' } }).options);
  const now = Math.round(Date.now() / 1000);
  const env = { SLURM_JOB_START_TIME: String(now - 3400), SLURM_JOB_END_TIME: String(now + 200) };
  const { options, calls } = setting({ run, env });
  await runInSlurmJob(options);
  expect(calls).toEqual([]);
  // A tenth of ten minutes before the end, and three minutes of an hour.
  expect(stops).toEqual([expect.closeTo(0), null, expect.closeTo(20, -1)]);
});

it('requeues a job whose time is over, and no other', async () => {
  const cases: [string, Partial<SlurmJobOptions>, string, boolean][] = [
    ['time over', { run: untilStopped }, 'RUNNING|None', true],
    ['warned by Slurm', { signal: aborted('SIGUSR1') }, 'RUNNING|None', true],
    ['ended at the limit', { signal: aborted('SIGTERM') }, 'COMPLETING|TimeLimit', true],
    ['cancelled', { signal: aborted('SIGTERM') }, 'COMPLETING|None', false],
    ['cancelled while it saved', { run: untilStopped, signal: aborted('SIGTERM') }, 'COMPLETING|None', false],
    ['stopped by hand', { signal: aborted('SIGINT') }, 'RUNNING|None', false],
    ['failed', { run: async () => 'failed' }, 'RUNNING|None', false],
  ];
  for (const [name, more, output, expected] of cases) {
    const answers = { state: { output }, squeue: { output: '5:00|10:00' } };
    const { options, calls } = setting(more, answers);
    const result = await runInSlurmJob(options);
    expect([name, result === 'requeued', calls.includes(requeue)]).toEqual([name, expected, expected]);
  }
});

it('asks a busy Slurm again, and runs the command without knowing its time', async () => {
  const busy = { code: 1, errors: 'slurm_load_jobs error: Socket timed out on send/recv operation\n' };
  const said: string[] = [];
  const run = async (stopAt: Date | undefined) => {
    said.push(String(stopAt));
    return 'interrupted' as const;
  };
  const more = { run, signal: aborted('SIGUSR1'), pause: 0, onLog: (text: string) => said.push(text) };
  const { options, calls } = setting(more, { squeue: busy });
  expect(await runInSlurmJob(options)).toBe('requeued');
  expect(said.slice(0, 2)).toEqual([
    expect.stringMatching(/^squeue failed: .*timed out[\s\S]*runs nevertheless/),
    'undefined',
  ]);
  expect(calls.filter((line) => line.includes('%L|%l'))).toHaveLength(3);
  let asked = 0;
  const recovering = setting({ ...more, run: untilStopped });
  const call: SlurmClient = async (program, args) =>
    program === 'squeue' && asked++ % 3 < 2 ? { output: '', ...busy } : recovering.options.call(program, args);
  expect(await runInSlurmJob({ ...recovering.options, call })).toBe('requeued');
  expect(asked).toBe(6);
});

it('requeues at the last moment what has not saved yet, unless it is being cancelled', async () => {
  const now = Math.round(Date.now() / 1000);
  // A sixth of three minutes is left.
  const env = { SLURM_JOB_START_TIME: String(now - 3400), SLURM_JOB_END_TIME: String(now + 29) };
  for (const [output, expected] of [
    ['RUNNING|None', 'requeued'],
    ['COMPLETING|None', 'failed'],
  ]) {
    let ended = 0;
    const run = async () => {
      await expect.poll(() => calls.at(-1), { interval: 5 }).toMatch(expected === 'requeued' ? requeue : /squeue/);
      ended = calls.length;
      return 'failed' as const;
    };
    const { options, calls } = setting({ env, run }, { state: { output } });
    expect([await runInSlurmJob(options), calls.includes(requeue)]).toEqual([expected, expected === 'requeued']);
    expect(calls).toHaveLength(ended);
  }
  // With more time left, it is not asked for.
  const run = () => delay(20, 'done' as const);
  const early = setting({ env: { ...env, SLURM_JOB_END_TIME: String(now + 33) }, run });
  expect(await runInSlurmJob(early.options)).toBe('done');
  expect(early.calls).toEqual([]);
});

it('takes the end of scontrol with the processes of the job as success, and a refusal as an error', async () => {
  const ended = setting({ run: untilStopped }, { scontrol: { code: null } });
  expect(await runInSlurmJob(ended.options)).toBe('requeued');
  const refused = setting({ run: untilStopped }, { scontrol: { code: 1, errors: 'Requeue is disabled\n' } });
  await expect(runInSlurmJob(refused.options)).rejects.toThrow(
    /job 7_3 is over, and it could not be requeued: Requeue is disabled[\s\S]*type the same line again/,
  );
});

it('gives up after two requeues in a row without progress', async () => {
  let done = 0;
  const runs = async (id: string, file: string, gains: number[]) => {
    for (const gain of gains) {
      const run = async (stopAt: Date | undefined) => {
        done += gain;
        return untilStopped(stopAt);
      };
      await runInSlurmJob(setting({ id, file, run, progress: async () => String(done) }).options);
    }
  };
  const file = join(temporaryFolder(), 'job.json');
  await runs('7', file, [0, 0, 1, 0, 0]);
  await expect(runs('7', file, [0])).rejects.toThrow(
    /Slurm job 7 was over 3 times in a row before anything was finished[\s\S]*--time=12:00:00/,
  );
  // Another job may have been given more time.
  await runs('8', file, [0, 0]);
});
