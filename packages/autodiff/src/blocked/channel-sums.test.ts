import { expect, it } from 'vitest';
import { runLength } from './channel-sums.ts';

it('cuts planes into runs of at most 256 positions, as long as they can be', () => {
  expect([1, 12, 256, 257, 512, 514, 40 * 56, 513].map(runLength)).toEqual([1, 12, 256, 1, 256, 2, 224, 171]);
});
