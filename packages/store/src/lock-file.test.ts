import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFiles, temporaryFolder } from '@nnunet/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { createExclusively, readIfThere, replaceLock, silenceOf, touchLock } from './lock-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'a.lock');
});

/** Makes a file look as if it was touched so many seconds ago. */
function age(file: string, seconds: number): void {
  const then = statSync(file).mtimeMs / 1000 - seconds;
  utimesSync(file, then, then);
}

it('reads a file, or null where there is none', async () => {
  expect(await readIfThere(path)).toBeNull();
  writeFileSync(path, 'text');
  expect(await readIfThere(path)).toBe('text');
  await expect(readIfThere(folder)).rejects.toMatchObject({ nnunet: true });
});

it('creates a file once, and leaves nothing beside it', async () => {
  expect(await createExclusively(path, 'first')).toBe(true);
  expect(await createExclusively(path, 'second')).toBe(false);
  expect(readFileSync(path, 'utf8')).toBe('first');
  expect(readdirSync(folder)).toEqual(['a.lock']);
  await expect(createExclusively(join(folder, 'no', 'lock'), '')).rejects.toMatchObject({ tag: 'missing-file' });
});

describe('replaceLock', () => {
  const replace = (stale: string, isStill = true) =>
    replaceLock(path, { stale, text: 'new', isStill: async () => isStill });

  it('replaces what was judged, where it is still so, and nothing else', async () => {
    writeFileSync(path, 'old');
    expect(await replace('other')).toBe(false);
    expect(await replace('old', false)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(await replace('old')).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.lock']);
    expect(await replace('gone')).toBe(false);
  });

  it('holds a guard meanwhile', async () => {
    writeFileSync(path, 'old');
    let beside: string[] = [];
    const isStill = async () => {
      beside = readdirSync(folder);
      return true;
    };
    await replaceLock(path, { stale: 'old', text: 'new', isStill });
    expect(beside).toEqual(['a.lock', 'a.lock.takeover']);
  });

  it('gives way to the guard of another, unless that was left behind ten seconds ago', async () => {
    writeFileSync(path, 'old');
    const guard = `${path}.takeover`;
    writeFileSync(guard, 'theirs');
    age(guard, 8);
    expect(await replace('old')).toBe(false);
    expect([readFileSync(path, 'utf8'), readFileSync(guard, 'utf8')]).toEqual(['old', 'theirs']);
    age(guard, 11);
    expect(await replace('old')).toBe(false);
    expect(readdirSync(folder)).toEqual(['a.lock']);
    expect(await replace('old')).toBe(true);
  });
});

it('counts milliseconds since the last touch', async () => {
  expect(await silenceOf(path)).toBeNull();
  writeFileSync(path, '');
  age(path, 5);
  const silence = (await silenceOf(path))!;
  expect(silence).toBeGreaterThanOrEqual(5000);
  expect(silence).toBeLessThan(9000);
  expect(readdirSync(folder)).toEqual(['a.lock']);
});

it('touches a lock that holds its own text alone, and closes it', () => {
  expect(touchLock(path, 'mine')).toBe('lost');
  writeFileSync(path, 'mine');
  utimesSync(path, 1000, 1000);
  expect(touchLock(path, 'theirs')).toBe('lost');
  expect(statSync(path).mtimeMs).toBe(1_000_000);
  expect(touchLock(path, 'mine')).toBe('held');
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
  expect(readFileSync(path, 'utf8')).toBe('mine');
  mkdirSync(join(folder, 'b'));
  expect(touchLock(join(folder, 'b'), 'mine')).toBe('unknown');
  expect(openFiles(folder)).toEqual([]);
});
