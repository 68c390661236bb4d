import type { ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { Events } from './events.ts';

it('writes events, and comments while nothing happens', () => {
  vi.useFakeTimers();
  const [written, end] = [[] as string[], vi.fn()];
  const response = { writeHead: vi.fn(), write: (text: string) => written.push(text), end };
  const events = new Events(response as unknown as ServerResponse);
  events.send('progress', { share: 0.5 });
  vi.advanceTimersByTime(31_000);
  events.end();
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  expect(written).toEqual(['event: progress\ndata: {"share":0.5}\n\n', ':\n\n', ':\n\n']);
  expect(end).toHaveBeenCalledTimes(1);
});
