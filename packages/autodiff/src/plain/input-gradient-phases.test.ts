import { expect, it } from 'vitest';
import { inputGradientPhases } from './input-gradient-phases.ts';

it('is the flipped kernel for stride 1', () => {
  const axis = { kernel: 3, stride: 1, padding: 1, input: 7, output: 7 };
  expect(inputGradientPhases(axis)).toEqual({ window: 3, taps: [2, 1, 0], positions: 7, before: 1, after: 1 });
});

it('has one tap per phase where kernel and stride are the same', () => {
  const axis = { kernel: 2, stride: 2, padding: 0, input: 8, output: 4 };
  expect(inputGradientPhases(axis)).toEqual({ window: 1, taps: [0, 1], positions: 4, before: 0, after: 0 });
});

it('fills phases with zeros where they have fewer taps', () => {
  const axis = { kernel: 3, stride: 2, padding: 1, input: 8, output: 4 };
  // even places: tap 1 of dy[q]; odd ones: tap 2 of dy[q], tap 0 of dy[q + 1]
  expect(inputGradientPhases(axis)).toEqual({ window: 2, taps: [1, 3, 2, 0], positions: 4, before: 0, after: 1 });
});

it('refuses more padding than the kernel reaches', () => {
  expect(() => inputGradientPhases({ kernel: 1, stride: 1, padding: 1, input: 4, output: 6 })).toThrow(RangeError);
});
