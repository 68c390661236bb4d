import { expect, it } from 'vitest';
import { labelValues } from './label-values.ts';

it('has each value once', () => {
  expect([...labelValues(Uint8Array.of(0, 0, 3, 3, 1, 3, 0, 7))]).toEqual([0, 3, 1, 7]);
  expect([...labelValues([])]).toEqual([]);
});
