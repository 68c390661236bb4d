import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { builtWorker } from './built-worker.ts';
import { Thread } from './thread.ts';
import { ThreadPool } from './thread-pool.ts';

const built = existsSync(new URL('../../dist/node/index.js', import.meta.url));
const itemsWorker = (): string => fileURLToPath(new URL('../../test/items-worker.mjs', import.meta.url));

function poolOf(workers: number, worker = itemsWorker): ThreadPool<unknown, unknown> {
  const nameOf = (item: unknown): string => `item ${item}`;
  const pool = new ThreadPool<unknown, unknown>({ work: (item) => `${item} here`, worker, workers, nameOf });
  onTestFinished(() => pool.close());
  return pool;
}

/** Tag and message of what a promise throws, or what it gives. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.catch((e: unknown) => e);
  return isNnUNetError(error) ? `${error.tag}: ${error.message}` : String(error);
}

it('works in the caller with one thread or one item, and starts no thread for it', async () => {
  const worker = () => {
    throw new Error('no thread is needed');
  };
  expect(await poolOf(1, worker).run(['a', 'b'])).toEqual(['a here', 'b here']);
  expect(await poolOf(8, worker).run(['a'])).toEqual(['a here']);
  expect(await poolOf(8, worker).settle([])).toEqual([]);
});

it('says that a worker is not built', () => {
  expect(() => builtWorker(import.meta.url, 'no-worker')).toThrow(/no-worker\.js: .*\n {2}Build/);
});

describe.skipIf(!built)('in threads (skipped before the first build)', () => {
  it('gives results in order, run after run', async () => {
    const pool = poolOf(3);
    const items = Array.from({ length: 20 }, (_, i) => String(i));
    const seen: unknown[] = [];
    const expected = items.map((item) => `${item}!`);
    expect(await pool.run(items, { onProgress: ({ item }) => seen.push(item) })).toEqual(expected);
    expect(seen.sort()).toEqual([...items].sort());
    expect(await pool.run(items)).toEqual(expected);
  });

  it('hands buffers over in both directions', async () => {
    const items = [new Float32Array([1, 2]), new Float32Array([3])];
    const work = () => new Float32Array();
    const options = { work, worker: itemsWorker, workers: 2, nameOf: String };
    const results = await ThreadPool.run(items, { ...options, transfer: (item) => [item.buffer] });
    expect(results).toEqual([new Float32Array([2, 4]), new Float32Array([6])]);
    expect(items.map((item) => item.length)).toEqual([0, 0]);
  });

  it('keeps errors of the family, and the place of others', async () => {
    const pool = poolOf(2);
    expect(await failure(pool.run(['a', 'refused']))).toBe('bad-item: refused: is bad\n  Mend it.');
    const bug = await pool.run(['a', 'bug']).catch((e: unknown) => e);
    expect(bug).toMatchObject({ message: 'a bug', stack: expect.stringContaining('items-worker.mjs') });
    expect(await failure(pool.run(['a', 'function']))).toMatch(/could not be cloned/);
    expect(await failure(pool.run(['a', () => 1]))).toMatch(/could not be cloned/);
    expect(await failure(pool.run(['a', 'buffer']))).toMatch(/^out-of-memory: item buffer: /);
  });

  it('names each item whose thread ends, and does the others', async () => {
    const items = ['a', 'exit', 'late', 'exit', 'b', 'refused', 'exit', 'c', 'd'];
    const outcomes = await poolOf(2).settle(items);
    const told = outcomes.map((o) => (o.status === 'fulfilled' ? o.value : o.reason.message.split('\n')[0]));
    const exited = 'item exit: the thread that worked on it ended: exit code 3';
    const late = 'item late: the thread that worked on it ended: too late';
    expect(told).toEqual(['a!', exited, late, exited, 'b!', 'refused: is bad', exited, 'c!', 'd!']);
  });

  it('names the item that was too much for the memory', async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 32 };
    const options = { work: String, worker: itemsWorker, workers: 2, nameOf: (item: string) => `item ${item}` };
    const pool = new ThreadPool({ ...options, resourceLimits });
    onTestFinished(() => pool.close());
    const [, heap, after] = await pool.settle(['a', 'heap', 'b']);
    expect(after).toEqual({ status: 'fulfilled', value: 'b!' });
    expect(heap).toMatchObject({ status: 'rejected', reason: { tag: 'out-of-memory', where: 'item heap' } });
  });

  it('fails the item that cannot be read on the other side, in either direction', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    const nameOf = (item: unknown) => (Array.isArray(item) ? 'nested' : String(item));
    const poolWith = (stackSizeMb: number) => {
      const options = { work: String, worker: itemsWorker, workers: 2, nameOf };
      const pool = new ThreadPool<unknown, unknown>({ ...options, resourceLimits: { stackSizeMb } });
      onTestFinished(() => pool.close());
      return pool;
    };
    // The thread's stack is too small for the item; then the caller's is for the result.
    const [first, unread, last] = await poolWith(0.3).settle(['a', nested(1500), 'b']);
    expect([first, last]).toMatchObject([{ value: 'a!' }, { value: 'b!' }]);
    expect(unread).toMatchObject({ status: 'rejected', reason: { tag: 'unreadable-message' } });
    const [, unreadable, after] = await poolWith(60).settle(['a', 'nested', 'b']);
    expect(unreadable).toMatchObject({ status: 'rejected', reason: { tag: 'thread-ended', where: 'nested' } });
    expect(after).toMatchObject({ value: 'b!' });
  });

  it('stops at the first failure whatever the other threads do', async () => {
    expect(await failure(poolOf(3).run(['forever', 'exit', 'spin', 'a']))).toMatch(/^thread-ended: item exit: /);
  });

  it('stops when its signal is aborted, and works on afterwards', async () => {
    const pool = poolOf(2);
    for (const run of [pool.run, pool.settle]) {
      const stop = new AbortController();
      const onProgress = () => stop.abort(new Error('enough'));
      const stopped = run.call(pool, ['a', 'spin', 'b'], { signal: stop.signal, onProgress });
      await expect(stopped).rejects.toThrow('enough');
    }
    expect(await pool.run(['a', 'b'])).toEqual(['a!', 'b!']);
  });

  it('keeps one thread for items that belong together, which answers in their order', async () => {
    const thread = new Thread(itemsWorker());
    onTestFinished(() => thread.terminate());
    const { signal } = new AbortController();
    const done: string[] = [];
    const call = async (item: string, name: string) => {
      const answer = await failure(thread.call(item, { name, signal }));
      done.push(name);
      return answer;
    };
    const answers = [call('slow', 'first'), call('refused', 'second'), call('a', 'third')];
    expect(await Promise.all(answers)).toEqual(['slow!', 'bad-item: refused: is bad\n  Mend it.', 'a!']);
    expect(done).toEqual(['first', 'second', 'third']);
  });

  it('fails all that a thread was given when it ends, and what comes later', async () => {
    const thread = new Thread(itemsWorker());
    const calls = ['a', 'exit', 'b'].map((item) => failure(thread.call(item, { name: item })));
    const [first, ...others] = await Promise.all(calls);
    expect(first).toBe('a!');
    expect(others).toEqual([
      expect.stringMatching(/^thread-ended: exit: .*exit code 3/),
      expect.stringMatching(/^thread-ended: b: .*exit code 3/),
    ]);
    expect(thread.alive).toBe(false);
    expect(await failure(thread.call('c', { name: 'later' }))).toMatch(/^thread-ended: later: .*exit code 3/);
  });

  it('ends a thread whose item is aborted, with what else it was given', async () => {
    const thread = new Thread(itemsWorker());
    const stop = new AbortController();
    const aborted = thread.call('forever', { name: 'aborted', signal: stop.signal });
    const other = failure(thread.call('a', { name: 'other' }));
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(await other).toMatch(/^thread-(ended|not-started): .*enough/);
  });

  it('starts from a program that is given on the command line as a module', () => {
    const imported = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
    const program = `import { Thread } from ${imported('../../dist/node/index.js')};
      console.log(await new Thread(${JSON.stringify(itemsWorker())}).call('a', { name: 'a' }));`;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })).toBe('a!\n');
  });

  it('fails at once when threads cannot start', async () => {
    const missing = poolOf(2, () => '/no/such/worker.mjs');
    expect(await failure(missing.run(['a', 'b']))).toMatch(/^thread-not-started: .*worker\.mjs/);
    expect(await failure(missing.settle(['a', 'b']))).toMatch(/^thread-not-started: /);
  });
});
