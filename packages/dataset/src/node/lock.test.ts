import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireLock, readLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'fold_0.lock');
});

const owner = (change: object) =>
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: 1, processStart: '', since: '2020-01-01', ...change }));

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

  it('takes over an unreadable one', async () => {
    writeFileSync(path, '');
    await (await acquireLock(path)).release();
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
