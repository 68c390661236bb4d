import { type ErrorTag, isNnUNetError, NnUNetError } from '@nnunet/errors';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type CaseJob, runCaseJobs } from './case-jobs.ts';

const asked = vi.hoisted(() => ({ pool: [] as unknown[], settle: [] as unknown[], closed: 0 }));
const failures = vi.hoisted(() => ({}) as Record<string, unknown>);

vi.mock('./case-tasks.ts', () => ({
  async runCaseTask({ id }: { id: string }) {
    if (id in failures) throw failures[id];
    return [`about ${id}`];
  },
}));
vi.mock('@nnunet/threads/node/internal', () => ({ spareMemory: () => 12345 }));
vi.mock('@nnunet/threads/node', () => ({
  builtWorker: (near: string, name: string) => [near, name],
  ThreadPool: class {
    readonly #options: { work: (job: CaseJob) => Promise<string[]>; nameOf: (job: CaseJob) => string };

    constructor(options: { work: (job: CaseJob) => Promise<string[]>; nameOf: (job: CaseJob) => string }) {
      this.#options = options;
      asked.pool.push(options);
    }
    async settle(jobs: CaseJob[], options: { onProgress(p: object): void; weight(job: CaseJob): number }) {
      asked.settle.push(options);
      expect(jobs.map(this.#options.nameOf)).toEqual(jobs.map(({ id }) => id));
      expect(jobs.map(options.weight)).toEqual(jobs.map(({ memory }) => memory));
      jobs.forEach((item, i) => {
        options.onProgress({ item, done: i + 1, total: jobs.length });
      });
      return Promise.allSettled(jobs.map(this.#options.work));
    }
    async close() {
      asked.closed++;
    }
  },
}));

const jobs = ['a', 'b', 'c'].map((id, i) => ({ id, memory: 10 * i, task: { id } })) as unknown as CaseJob[];

beforeEach(() => {
  Object.assign(asked, { pool: [], settle: [], closed: 0 });
  for (const id of Object.keys(failures)) delete failures[id];
});

it('gives what there is to tell in the order of the cases, and tells of progress', async () => {
  const seen: unknown[] = [];
  const { signal } = new AbortController();
  const told = await runCaseJobs(jobs, { workers: 3, maxMemory: 77, signal, onProgress: (p) => seen.push(p) });
  expect(told).toEqual(['about a', 'about b', 'about c']);
  expect(seen).toEqual(['a', 'b', 'c'].map((id, i) => ({ id, done: i + 1, total: 3 })));
  const [pool] = asked.pool as { workers: number; worker: () => [string, string] }[];
  expect([pool!.workers, pool!.worker()[1]]).toEqual([3, 'preprocess-worker']);
  expect(asked.settle).toMatchObject([{ maxWeight: 77, signal }]);
  expect(asked.closed).toBe(1);
});

it('may use the memory to spare where no limit is given', async () => {
  await runCaseJobs(jobs, {});
  expect(asked.settle).toMatchObject([{ maxWeight: 12345 }]);
});

describe('cases that fail', () => {
  const errorOf = async () => (await runCaseJobs(jobs, {}).catch((error: unknown) => error)) as NnUNetError;

  it.each([
    [
      new NnUNetError('bad-nifti', { what: 'is cut off', where: '/in/b.nii' }),
      'bad-nifti',
      'case b: /in/b.nii: is cut off',
    ],
    [new NnUNetError('bad-case', { what: 'is empty', where: 'b' }), 'bad-case', 'b: is empty'],
    [new Error('oh'), 'cases-failed', 'case b: oh'],
    ['text', 'cases-failed', 'case b: text'],
  ])('are named: %s', async (cause, tag, message) => {
    failures.b = cause;
    const error = await errorOf();
    expect(isNnUNetError(error, tag as ErrorTag)).toBe(true);
    expect([error.message, error.cause, asked.closed]).toEqual([message, cause, 1]);
  });

  it('are all told of', async () => {
    failures.a = new Error('one\ntwo');
    failures.c = new Error('three');
    const error = await errorOf();
    expect(error.message).toMatch(
      /^2 of 3 cases failed\n- case a: one\n {2}two\n- case c: three\n {2}The other cases are done\./,
    );
    expect([error.tag, (error.cause as Error[]).map(({ message }) => message)]).toEqual([
      'cases-failed',
      ['case a: one\ntwo', 'case c: three'],
    ]);
  });
});
