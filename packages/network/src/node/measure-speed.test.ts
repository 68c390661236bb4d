import { afterEach, describe, expect, it, vi } from 'vitest';
import { GraphSession } from '../graph-session.ts';
import { measureSpeed } from './measure-speed.ts';

it('measures the speed of this machine, in less than two seconds even if it is busy', async () => {
  const started = performance.now();
  const speed = await measureSpeed({ threads: 1 });
  expect(performance.now() - started).toBeLessThan(2000);
  // From a billion to a thousand billion multiplications a second.
  expect(speed).toBeGreaterThan(1e-12);
  expect(speed).toBeLessThan(1e-9);
});

describe('by a clock of its own', () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ['the median of all runs but the first', [900, 30, 10, 20], 4, 20],
    ['runs for 150 ms, if there are enough', [30, 30, 30, 30, 30, 30, 30], 5, 30],
  ])('takes %s', async (_, milliseconds, runs, median) => {
    let now = 0;
    const durations = [...milliseconds];
    const run = vi.spyOn(GraphSession.prototype, 'run').mockImplementation(async () => {
      now += durations.shift()!;
      return {};
    });
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const speed = await measureSpeed({ threads: 1 });
    expect(run).toHaveBeenCalledTimes(runs);
    // Two convolutions, the gradients of both kernels and that of what lies between, each of 64 x 64 channels.
    expect((speed * 5 * 64 * 64 * 27 * 20 * 28 * 20) / (median / 1000)).toBeCloseTo(1, 10);
  });
});
