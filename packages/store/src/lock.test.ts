import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { NnUNetError } from '@nnunet/errors';
import { removeUnfinished } from '@nnunet/tensor/node/internal';
import { temporaryFolder } from '@nnunet/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, readLock, withLock } from './lock.ts';
import { identifyJob } from './lock-owner.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'fold_0.lock');
});

const owner = (change: object) =>
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: 1, processStart: '', since: '2020-01-01', ...change }));

/** The lock of a process on another host, which touched it so many seconds ago. */
const elsewhere = (seconds: number, change: object = {}) => {
  owner({ host: 'gpu-node07', pid: 999_999, ...change });
  const then = statSync(path).mtimeMs / 1000 - seconds;
  utimesSync(path, then, then);
};

/** A process that runs until it is ended. */
async function runningProcess(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)']);
  await new Promise((resolve) => child.stdout!.once('data', resolve));
  return child;
}
async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** How long a busy machine may take for what happens at once. */
const SOON = { timeout: 10_000 };

describe('acquireLock', () => {
  it('names its owner and is released once', async () => {
    const lock = await acquireLock(path);
    expect(await readLock(path)).toMatchObject({ host: hostname(), pid: process.pid });
    expect(readdirSync(folder)).toEqual(['fold_0.lock']);
    await lock.release();
    expect(existsSync(path)).toBe(false);
    owner({});
    await lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it.each(['x'.repeat(250), '\u4e2d'.repeat(83)])('takes names as long as file systems allow: %s', async (name) => {
    const lock = await acquireLock(join(folder, name));
    expect(readdirSync(folder)).toEqual([name]);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses a second one while the first is held, naming the owner', async () => {
    const lock = await acquireLock(path);
    await expect(acquireLock(path, { purpose: 'the training of fold 0' })).rejects.toMatchObject({
      tag: 'locked',
      message: expect.stringMatching(new RegExp(`the training of fold 0 is in use by process ${process.pid} on`)),
    });
    await lock.release();
    await (await acquireLock(path)).release();
  });

  it('gives one of many the lock', async () => {
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(path)));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]!.value.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'takes over that of a process that ended and was not waited for',
    async () => {
      // The shell becomes a program that does not wait for what the shell began.
      const parent = spawn('/bin/sh', ['-c', 'true & echo $!; exec sleep 20']);
      try {
        const pid = Number(await new Promise((resolve) => parent.stdout.once('data', (text) => resolve(String(text)))));
        // Where another process takes care of orphans, it is gone altogether.
        const stat = `/proc/${pid}/stat`;
        await vi.waitFor(() => expect(existsSync(stat) ? readFileSync(stat, 'utf8') : ') Z ').toMatch(/\) Z /), SOON);
        owner({ pid });
        const lock = await acquireLock(path);
        expect(lock.takenOverFrom?.pid).toBe(pid);
        await lock.release();
      } finally {
        parent.kill('SIGKILL');
      }
    },
  );

  it('is refused, and asked for again, while its owner clears the folder of incomplete files', async () => {
    path = join(folder, '.planning.lock');
    const lock = await acquireLock(path);
    let clearing = true;
    const owner = (async () => {
      while (clearing) await removeUnfinished(folder);
    })();
    const told = new Set<string>();
    const ask = async () => {
      for (let i = 0; i < 100; i++) await acquireLock(path).catch((error: NnUNetError) => told.add(error.tag));
    };
    await Promise.all([ask(), ask(), ask()]);
    clearing = false;
    await owner;
    expect([...told]).toEqual(['locked']);
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives one of many that of a dead process', async () => {
    const child = await runningProcess();
    await end(child);
    for (let round = 0; round < 20; round++) {
      owner({ pid: child.pid });
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(path)));
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await readLock(path)).toMatchObject({ pid: process.pid });
      await won[0]!.value.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('takes over that of a dead process with a message', async () => {
    const child = await runningProcess();
    owner({ pid: child.pid });
    await expect(acquireLock(path)).rejects.toMatchObject({ tag: 'locked' });
    await end(child);
    const messages: string[] = [];
    const lock = await acquireLock(path, { onTakeOver: (message) => messages.push(message) });
    expect(messages).toEqual([expect.stringContaining(`process ${child.pid} on ${hostname()}`)]);
    expect(lock.takenOverFrom?.pid).toBe(child.pid);
    await lock.release();
  });

  it.skipIf(!existsSync('/proc/self/stat'))('sees that a process number was given out again', async () => {
    owner({ pid: process.pid, processStart: 'another boot:1' });
    const lock = await acquireLock(path);
    expect(JSON.parse(readFileSync(path, 'utf8')).processStart).not.toContain('another');
    await lock.release();
  });

  it('leaves the lock of another host alone', async () => {
    owner({ host: 'elsewhere', pid: 999_999 });
    await expect(acquireLock(path)).rejects.toThrow(/on elsewhere[\s\S]*delete this file/);
  });

  it('takes over that of another host when it was not touched for five minutes, and says so', async () => {
    elsewhere(290);
    await expect(acquireLock(path)).rejects.toThrow(/gpu-node07 since 2020-01-01, last seen 290 s ago/);
    elsewhere(310);
    const messages: string[] = [];
    const lock = await acquireLock(path, { onTakeOver: (message) => messages.push(message) });
    expect(messages).toEqual([expect.stringMatching(/process 999999 on gpu-node07.*no sign of life for 5 minutes/)]);
    expect(lock.takenOverFrom?.host).toBe('gpu-node07');
    expect(await readLock(path)).toMatchObject({ pid: process.pid });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('gives one of many that of a silent host', async () => {
    for (let round = 0; round < 10; round++) {
      elsewhere(400);
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(path)));
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await won[0]!.value.release();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  describe('with clocks that differ', () => {
    afterEach(() => vi.useRealTimers());
    it.each([3600, -3600])('asks the file server for the time where this one is %i s ahead', async (ahead) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 * ahead });
      elsewhere(0);
      await expect(acquireLock(path)).rejects.toMatchObject({ tag: 'locked' });
      elsewhere(310);
      await (await acquireLock(path)).release();
    });
  });

  it('looks for a process only among the numbers of its own container', async () => {
    const child = await runningProcess();
    await end(child);
    owner({ pid: child.pid, pidSpace: 'pid:[1]' });
    await expect(acquireLock(path)).rejects.toMatchObject({ tag: 'locked' });
    elsewhere(310, { host: hostname(), pid: process.pid, pidSpace: 'pid:[1]' });
    await (await acquireLock(path)).release();
  });

  describe('in a job of a queue', () => {
    afterEach(() => identifyJob(null));
    it('takes over at once what the same job left on another host', async () => {
      identifyJob('1234_5');
      elsewhere(0, { job: '1234_6' });
      await expect(acquireLock(path)).rejects.toMatchObject({ tag: 'locked' });
      elsewhere(0, { job: '1234_5' });
      const messages: string[] = [];
      const lock = await acquireLock(path, { onTakeOver: (message) => messages.push(message) });
      expect(messages).toEqual([expect.stringMatching(/gpu-node07.*where this job \(1234_5\) ran earlier/)]);
      expect(await readLock(path)).toMatchObject({ job: '1234_5' });
      // On the same host the process can be seen: it lives.
      await expect(acquireLock(path)).rejects.toMatchObject({ tag: 'locked' });
      await lock.release();
    });
  });

  it('touches its file while it is held, and not after', async () => {
    const lock = await acquireLock(path, { beat: 0.02 });
    const text = readFileSync(path, 'utf8');
    utimesSync(path, 1000, 1000);
    await vi.waitFor(() => expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000), SOON);
    expect(readFileSync(path, 'utf8')).toBe(text);
    await lock.release();
    writeFileSync(path, text);
    utimesSync(path, 1000, 1000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(statSync(path).mtimeMs).toBe(1_000_000);
    // What stands there now is not its own any more.
    await lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it('is touched where a long computation leaves the thread for a moment', async () => {
    const lock = await acquireLock(path, { beat: 0.02 });
    utimesSync(path, 1000, 1000);
    const until = performance.now() + 50;
    while (performance.now() < until); // longer than a beat
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
    await lock.release();
  });

  it.each([
    ['before the next act', 60],
    ['at the next beat', 0.02],
  ])('learns %s that it was taken over, and leaves the new one alone', async (_, beat) => {
    const lock = await acquireLock(path, { purpose: 'the training of fold 0', beat });
    lock.check();
    owner({ host: 'gpu-node07', pid: 7 });
    if (beat < 1) await vi.waitFor(() => expect(lock.signal.aborted).toBe(true), SOON);
    expect(() => lock.check()).toThrow(/training of fold 0 was taken over by process 7 on gpu-node07/);
    expect(lock.signal.reason).toMatchObject({ tag: 'lock-lost' });
    const theirs = readFileSync(path, 'utf8');
    await lock.release();
    expect(readFileSync(path, 'utf8')).toBe(theirs);
  });

  it('waits for another where it is told to, and says so once', async () => {
    const first = await acquireLock(path);
    const messages: string[] = [];
    const second = acquireLock(path, { poll: 0.01, onWait: (message) => messages.push(message) });
    await vi.waitFor(() => expect(messages).toEqual([expect.stringMatching(/in use by process .*: waiting/)]), SOON);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await first.release();
    await (await second).release();
    expect(messages).toHaveLength(1);
    const third = await acquireLock(path);
    const stop = new AbortController();
    const fourth = acquireLock(path, { poll: 60, onWait: () => stop.abort(), signal: stop.signal });
    await expect(fourth).rejects.toThrow(/abort/);
    await third.release();
  });

  it('tells of a lock that was deleted, and of an owner that was seen by a clock that is ahead', async () => {
    const lock = await acquireLock(path, { beat: 60 });
    unlinkSync(path);
    expect(() => lock.check()).toThrow(/the lock on this was deleted while it was held/);
    await lock.release();
    elsewhere(-30);
    await expect(acquireLock(path)).rejects.toThrow(/this is in use by .*, last seen 0 s ago\n/);
  });

  it('takes over after the patience that is asked for', async () => {
    elsewhere(50);
    await expect(acquireLock(path, { patience: 120 })).rejects.toThrow(/taken over after 2 minutes/);
    elsewhere(130);
    await (await acquireLock(path, { patience: 120 })).release();
  });

  it('hands the lock and both signals to the work, and gives back what it gives', async () => {
    const stop = new AbortController();
    const result = await withLock(path, { signal: stop.signal }, async (signal, lock) => {
      expect([lock.path, lock.takenOverFrom, existsSync(path)]).toEqual([path, null, true]);
      stop.abort();
      return signal.aborted;
    });
    expect([result, existsSync(path)]).toEqual([true, false]);
    await expect(acquireLock(path, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(existsSync(path)).toBe(false);
  });

  it('is held during work, whose signal tells of its loss', async () => {
    const work = withLock(path, { beat: 0.02 }, async (signal) => {
      owner({ host: 'gpu-node07', pid: 7 });
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await expect(work).rejects.toMatchObject({ tag: 'lock-lost' });
    writeFileSync(path, '');
    await expect(withLock(path, {}, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  it('takes over an unreadable one', async () => {
    writeFileSync(path, '');
    const lock = await acquireLock(path);
    expect(lock.takenOverFrom).toEqual({ host: '', pid: 0, processStart: '', since: '' });
    await lock.release();
    expect(await readLock(path)).toBeNull();
  });

  it('is released when the process exits', async () => {
    vi.resetModules();
    const fresh = await import('./lock.ts'); // sets its hook anew
    const before = new Set(process.listeners('exit'));
    await fresh.acquireLock(path);
    const hooks = process.listeners('exit').filter((hook) => !before.has(hook));
    expect(hooks).toHaveLength(1);
    expect(existsSync(path)).toBe(true);
    hooks[0]!(0);
    expect(existsSync(path)).toBe(false);
    process.off('exit', hooks[0]!);
  });

  it('says when the folder does not exist', async () => {
    await expect(acquireLock(join(folder, 'no', 'lock'))).rejects.toMatchObject({ tag: 'missing-file' });
  });
});
