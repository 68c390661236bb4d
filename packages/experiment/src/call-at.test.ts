import { expect, it, vi } from 'vitest';
import { callAt } from './call-at.ts';

it('calls at a time further ahead than a timer reaches, at a time that has passed, and not once it is cancelled', () => {
  vi.useFakeTimers();
  const day = 24 * 3600 * 1000;
  const called: string[] = [];
  const inDays = (days: number) => callAt(new Date(Date.now() + day * days), () => called.push(`${days}`));
  inDays(60);
  inDays(-1);
  const cancel = [inDays(2), inDays(50)];
  vi.advanceTimersByTime(day);
  expect(called).toEqual(['-1']);
  for (const one of cancel) one();
  vi.advanceTimersByTime(58 * day);
  expect(called).toEqual(['-1']);
  vi.advanceTimersByTime(day);
  expect(called).toEqual(['-1', '60']);
  vi.useRealTimers();
});
