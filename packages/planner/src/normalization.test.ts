import { expect, it } from 'vitest';
import { chooseMaskForNormalization } from './normalization.ts';

it('normalises within the mask where cropping removed more than a quarter of the median case', () => {
  const mri = (...kept: number[]) => chooseMaskForNormalization({ 0: 'MRI' }, kept)['0'];
  expect(mri(0.75)).toBe(false);
  expect(mri(0.7499)).toBe(true);
  // The median of an even number of cases is the mean of the two in the middle.
  expect(mri(0.1, 0.6, 0.9, 1)).toBe(false);
  expect(mri(0.1, 0.5, 0.9, 1)).toBe(true);
});

it('never does so for CT, by the capitals in its name', () => {
  const channels = { 0: 'CT', 1: 'CTA', 2: 'ct', 3: 'T1' };
  expect(chooseMaskForNormalization(channels, [0.5])).toEqual({ 0: false, 1: false, 2: true, 3: true });
});
