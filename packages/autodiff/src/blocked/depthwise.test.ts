import { expect, it } from 'vitest';
import { isDepthwiseAxis } from './depthwise.ts';

it.each<[string, { kernel: number; stride: number; padding: number }, number, boolean]>([
  ['the size kept', { kernel: 3, stride: 1, padding: 1 }, 7, true],
  ['the size kept by a large kernel', { kernel: 7, stride: 1, padding: 3 }, 5, true],
  ['a size that shrinks', { kernel: 3, stride: 1, padding: 0 }, 7, false],
  ['a size that grows', { kernel: 3, stride: 1, padding: 2 }, 7, false],
  ['half of an even size', { kernel: 3, stride: 2, padding: 1 }, 8, true],
  ['half of an even size by an even kernel', { kernel: 2, stride: 2, padding: 0 }, 8, true],
  ['half of an odd size', { kernel: 3, stride: 2, padding: 1 }, 7, false],
  ['less than half', { kernel: 3, stride: 2, padding: 0 }, 8, false],
  ['more than half', { kernel: 3, stride: 2, padding: 2 }, 8, false],
  ['every second voxel', { kernel: 1, stride: 2, padding: 0 }, 8, false],
  ['a third', { kernel: 3, stride: 3, padding: 1 }, 9, false],
])('knows which axes the blocked form of depthwise convolutions takes: %s', (_, rule, size, taken) => {
  expect(isDepthwiseAxis(rule, size)).toBe(taken);
});
