import { describe, expect, it } from 'vitest';
import { sliceOfLargestDisagreement, sliceWithMostForeground, takeSlice } from './slice.ts';

const shape = [3, 2, 3] as const;
/** Labels of three slices of 2 x 3 voxels. */
const labels = (...slices: string[]) => Uint8Array.from(slices.join(''), Number);

it('takes a slice, which shares the memory', () => {
  const data = labels('123456', '234567', '345678');
  const slice = takeSlice(data, shape, 1);
  expect(slice).toEqual({ data: labels('234567'), height: 2, width: 3 });
  data[6] = 9;
  expect(slice.data[0]).toBe(9);
});

it('takes the first slice with the most foreground', () => {
  expect(sliceWithMostForeground(labels('010000', '022011', '111100'), shape)).toBe(1);
  expect(sliceWithMostForeground(labels('000000', '000000', '000001'), shape)).toBe(2);
  expect(sliceWithMostForeground(labels('000000', '000000', '000000'), shape)).toBe(0);
});

describe('sliceOfLargestDisagreement', () => {
  it('is the first slice where most voxels differ', () => {
    const reference = labels('111111', '111100', '000000');
    expect(sliceOfLargestDisagreement(reference, labels('111110', '000000', '010000'), shape)).toBe(1);
    expect(sliceOfLargestDisagreement(reference, labels('111111', '111100', '000001'), shape)).toBe(2);
    expect(sliceOfLargestDisagreement(reference, labels('111110', '111000', '000001'), shape)).toBe(0);
  });

  it('is that with most foreground where none differs', () => {
    const same = labels('100000', '000000', '222000');
    expect(sliceOfLargestDisagreement(same, same, shape)).toBe(2);
  });
});
