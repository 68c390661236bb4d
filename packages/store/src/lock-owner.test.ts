import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import {
  hasEnded,
  identifyJob,
  isNeighbour,
  isOfSameJob,
  type LockOwner,
  ownerInWords,
  parseOwner,
  thisProcess,
} from './lock-owner.ts';

afterEach(() => identifyJob(null));

const owner = (change: Partial<LockOwner> = {}): LockOwner => ({ host: 'a', pid: 7, processStart: 's', since: 't', ...change }); // biome-ignore format: a row

it('looks for processes of the same host and the same numbers', () => {
  const spaces = (one?: string, two?: string) => isNeighbour(owner({ pidSpace: one }), owner({ pidSpace: two }));
  expect([spaces(), spaces('1'), spaces(undefined, '1'), spaces('1', '1'), spaces('1', '2')]).toEqual([true, true, true, true, false]); // biome-ignore format: a row
  expect(isNeighbour(owner({ host: 'b' }), owner())).toBe(false);
});

it('knows its own job, on another host', () => {
  expect(isOfSameJob(owner({ job: '1' }), owner({ job: '1', host: 'b' }))).toBe(true);
  expect(isOfSameJob(owner({ job: '1' }), owner({ job: '1' }))).toBe(false);
  expect(isOfSameJob(owner({ job: '1' }), owner({ job: '2', host: 'b' }))).toBe(false);
  expect(isOfSameJob(owner(), owner({ host: 'b' }))).toBe(false);
});

it('names itself, with its job where there is one', () => {
  expect(thisProcess()).toMatchObject({ host: hostname(), pid: process.pid });
  expect(Math.abs(Date.parse(thisProcess().since) - Date.now())).toBeLessThan(60_000);
  expect(thisProcess()).not.toHaveProperty('job');
  identifyJob('5');
  expect(thisProcess().job).toBe('5');
});

it.skipIf(!existsSync('/proc/self/stat'))('knows when a process started, in hundredths of a second after boot', () => {
  const [boot, ticks] = thisProcess().processStart.split(':');
  expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const up = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  expect(Math.abs(up - Number(ticks) / 100 - process.uptime())).toBeLessThan(5);
});

it('sees that a process has ended, or that another one has its number', () => {
  const me = thisProcess();
  expect(hasEnded(me)).toBe(false);
  expect(hasEnded({ ...me, processStart: '' })).toBe(false);
  expect(hasEnded({ ...me, processStart: 'another boot:1' })).toBe(existsSync('/proc/self/stat'));
  expect(hasEnded({ ...me, pid: 2 ** 22 + 5 })).toBe(true);
});

it('takes for an owner what names host, process and start', () => {
  expect(parseOwner(JSON.stringify(owner()))).toEqual(owner());
  for (const wrong of [{ host: 1 }, { pid: 1.5 }, { processStart: null }])
    expect(parseOwner(JSON.stringify({ ...owner(), ...wrong }))).toBeNull();
  for (const text of ['', 'null', '7']) expect(parseOwner(text)).toBeNull();
});

it('tells of an owner in words', () => {
  expect(ownerInWords(null)).toBe('an unknown process');
  expect(ownerInWords(owner())).toBe('process 7 on a since t');
  expect(ownerInWords(owner({ since: '' }))).toBe('process 7 on a');
});
