import { expect, it } from 'vitest';
import { measureSpeed } from './measure-speed.ts';

it('measures the speed of this machine, in less than two seconds even if it is busy', async () => {
  const started = performance.now();
  const speed = await measureSpeed({ threads: 1 });
  expect(performance.now() - started).toBeLessThan(2000);
  // From a billion to a thousand billion multiplications a second.
  expect(speed).toBeGreaterThan(1e-12);
  expect(speed).toBeLessThan(1e-9);
});
