import { availableParallelism } from 'node:os';
import { temporaryFolder } from '@nnunet/testing';
import { afterEach, expect, it } from 'vitest';
import { freeMemory, heldMemory, spareMemory } from './free-memory.ts';
import { limitJob, usableProcessors } from './job-limits.ts';

afterEach(() => limitJob({}));

it('a process uses no more processors than its job has, nor more than there are', () => {
  expect(usableProcessors()).toBe(availableParallelism());
  limitJob({ processors: 1 });
  expect(usableProcessors()).toBe(1);
  limitJob({ processors: 1e6 });
  expect(usableProcessors()).toBe(availableParallelism());
});

it('a process may allocate what it does not hold yet of the memory of its job', () => {
  const nowhere = temporaryFolder();
  const free = freeMemory(nowhere);
  limitJob({ memory: heldMemory() + 50e6 });
  expect(Math.abs(freeMemory() - 50e6)).toBeLessThan(20e6);
  expect(spareMemory()).toBeLessThan(0.8 * 70e6);
  limitJob({ memory: 1 });
  expect(freeMemory()).toBe(0);
  limitJob({ memory: 1e18 });
  expect(freeMemory(nowhere)).toBeGreaterThan(free / 2);
});
