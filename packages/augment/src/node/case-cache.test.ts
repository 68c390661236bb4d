import { expect, it } from 'vitest';
import { CaseCache } from './case-cache.ts';

it('keeps what comes first, to the last byte, and loads the rest anew each time', async () => {
  const cache = new CaseCache<string>(10);
  const loaded: number[] = [];
  const get = (index: number, bytes: number) =>
    cache.get(index, bytes, async () => {
      loaded.push(index);
      return `case ${index}`;
    });
  expect([cache.fits(10), cache.fits(11), cache.has(0)]).toEqual([true, false, false]);
  for (const [index, bytes] of [
    [0, 7],
    [1, 4],
    [2, 3],
    [0, 7],
    [1, 4],
    [2, 3],
  ] as const)
    expect(await get(index, bytes)).toBe(`case ${index}`);
  expect(loaded).toEqual([0, 1, 2, 1]);
  expect([0, 1, 2].map((index) => cache.has(index))).toEqual([true, false, true]);
  expect([cache.fits(0), cache.fits(1)]).toEqual([true, false]);
});

it('forgets what could not be loaded, and has its room again', async () => {
  const cache = new CaseCache<string>(10);
  const failed = cache.get(3, 8, async () => {
    throw new Error('unreadable');
  });
  expect(cache.fits(3)).toBe(false);
  await expect(failed).rejects.toThrow('unreadable');
  expect([cache.has(3), cache.fits(10), cache.fits(11)]).toEqual([false, true, false]);
  expect(await cache.get(3, 8, async () => 'read')).toBe('read');
});
