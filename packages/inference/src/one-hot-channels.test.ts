import { expect, it } from 'vitest';
import { appendOneHot } from './one-hot-channels.ts';

it('appends a channel per class', () => {
  const out = appendOneHot(Float32Array.of(5, 6, 7), [2, 0, 1], [1, 2]);
  expect([...out]).toEqual([5, 6, 7, 0, 0, 1, 1, 0, 0]);
});
