import { beforeEach, expect, it, vi } from 'vitest';
import { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';

const machine = vi.hoisted(() => ({ processors: 4, ended: 0, limits: [] as unknown[], calls: [] as unknown[] }));
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  availableParallelism: () => machine.processors,
}));
/** Threads that answer after a moment; one whose item is 'end' is of no more use. */
vi.mock('./thread.ts', () => ({
  Thread: class {
    alive = true;
    constructor(_: string, { resourceLimits }: { resourceLimits?: unknown }) {
      machine.limits.push(resourceLimits);
    }
    async call(item: unknown, options: object) {
      machine.calls.push({ item, ...options });
      await new Promise((resolve) => setImmediate(resolve));
      if (item === 'end') this.alive = false;
      return item;
    }
    async terminate() {
      machine.ended++;
    }
  },
}));

beforeEach(() => {
  Object.assign(machine, { processors: 4, ended: 0, limits: [], calls: [] });
});

let started = 0;
function poolOf(options: Partial<ThreadPoolOptions<unknown, unknown>> = {}) {
  started = 0;
  return new ThreadPool<unknown, unknown>({
    work: (item) => `${item} here`,
    worker: () => `file ${started++}`,
    nameOf: (item) => `item ${item}`,
    ...options,
  });
}
const items = Array.from({ length: 20 }, (_, i) => i);

it.each([
  [1, 0],
  [2, 2],
  [8, 8],
  [9, 8],
  [64, 8],
])('starts a thread for each of %i processors, 8 at most', async (processors, threads) => {
  machine.processors = processors;
  const pool = poolOf();
  await pool.run(items);
  expect(started).toBe(threads);
  await pool.run(items);
  expect(started).toBe(threads);
  await pool.close();
  expect(machine.ended).toBe(threads);
  await pool.close();
  expect(machine.ended).toBe(threads);
});

it('starts as many as it is told, and no more than there are items', async () => {
  await poolOf({ workers: 12 }).run(items);
  expect(started).toBe(12);
  await poolOf({ workers: 12 }).run([1, 2, 3]);
  expect(started).toBe(3);
  // after `close` threads start anew
  const pool = poolOf({ workers: 3 });
  await pool.settle(items);
  await pool.close();
  await pool.settle(items);
  expect(started).toBe(6);
});

it('starts another thread in place of one that ended', async () => {
  const pool = poolOf({ workers: 2 });
  await pool.run(['end', 'a']);
  await pool.run(['b', 'c']);
  expect(started).toBe(3);
  await pool.close();
  expect(machine.ended).toBe(2);
});

it('passes on names, buffers, limits and the weight of items', async () => {
  const resourceLimits = { stackSizeMb: 3 };
  const buffer = new ArrayBuffer(1);
  const pool = poolOf({ workers: 2, resourceLimits, transfer: (item) => (item === 'a' ? [buffer] : []) });
  await pool.run(['a', 'b']);
  expect(machine.limits).toEqual([resourceLimits, resourceLimits]);
  expect(machine.calls).toMatchObject([
    { item: 'a', name: 'item a', transfer: [buffer] },
    { item: 'b', name: 'item b', transfer: [] },
  ]);
  for (const run of ['run', 'settle'] as const) {
    const own = poolOf({ workers: 3 });
    const seen: unknown[] = [];
    await own[run]([1, 2, 3], { weight: () => 2, maxWeight: 3, onProgress: ({ item }) => seen.push(item) });
    // Too heavy to be worked on side by side: one thread does all.
    expect([started, seen]).toEqual([1, [1, 2, 3]]);
  }
});

it('ends the threads of a pool of its own', async () => {
  const options = { work: String, worker: () => 'file', workers: 2, nameOf: String };
  expect(await ThreadPool.run([1, 2], options)).toEqual([1, 2]);
  expect(machine.ended).toBe(2);
  expect(await ThreadPool.settle([1, 2], options)).toHaveLength(2);
  expect(machine.ended).toBe(4);
});
