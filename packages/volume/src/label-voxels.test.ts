import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { labelArray, requireWholeLabels, roundedNotice } from './label-voxels.ts';

it.each<[values: number[], type: string]>([
  [[], 'Uint8Array'],
  [[0, 255], 'Uint8Array'],
  [[0, 256], 'Int16Array'],
  [[-1, 255], 'Int16Array'],
  [[-32768, 32767], 'Int16Array'],
  [[0, 32768], 'Int32Array'],
  [[-32769, 0], 'Int32Array'],
  [[-(2 ** 31), 2 ** 31 - 1], 'Int32Array'],
  [[0, 2 ** 31], 'Float32Array'],
  [[-(2 ** 31) - 1, 0], 'Float32Array'],
])('takes the smallest array that holds %j: %s', (values, type) => {
  for (const order of [values, [...values].reverse()]) {
    const { data, rounded } = labelArray(Float64Array.from(order));
    expect([data.constructor.name, rounded]).toEqual([type, 0]);
    expect([...data]).toEqual(order.map((v) => (type === 'Float32Array' ? Math.fround(v) : v)));
  }
});

it('takes integers of all types, whatever they are stored as', () => {
  const bytes = Uint8Array.of(3, 200);
  expect(labelArray(bytes).data).toBe(bytes);
  for (const values of [
    Int8Array.of(1, 5),
    Uint16Array.of(1, 5),
    BigInt64Array.of(1n, 5n),
    BigUint64Array.of(1n, 5n),
  ]) {
    expect(labelArray(values)).toEqual({ data: Uint8Array.of(1, 5), rounded: 0 });
  }
  expect(labelArray(BigInt64Array.of(-3n, 70_000n)).data).toEqual(Int32Array.of(-3, 70_000));
});

it('rounds what lies within a hundredth of integers, and counts it', () => {
  const rounded = labelArray(Float64Array.of(0.01, 0.9901, 2, 255.009, -0.004));
  expect(rounded).toEqual({ data: Uint8Array.of(0, 1, 2, 255, 0), rounded: 4 });
  expect(labelArray(Float64Array.of(255.6, 1))).toEqual({ data: Float32Array.of(255.6, 1), rounded: 0 });
  for (const value of [0.011, 0.989, -0.011, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(labelArray(Float64Array.of(0.999, value))).toEqual({ data: Float32Array.of(0.999, value), rounded: 0 });
  }
});

it('tells of rounded labels in one line', () => {
  expect(roundedNotice('a.nii', null)).toBeNull();
  expect(roundedNotice('a.nii', {})).toBeNull();
  expect(roundedNotice('a.nii', { rounded: 0 })).toBeNull();
  expect(roundedNotice('a.nii', { rounded: 1 })).toBe('a.nii: 1 label is not an integer and was rounded');
  expect(roundedNotice('a.nii', { rounded: 2 })).toBe('a.nii: 2 labels are not integers and were rounded');
});

it('refuses arrays with values that are not integers, naming the first of them', () => {
  const messageOf = (...values: number[]) => {
    try {
      requireWholeLabels(Float32Array.from(values), 'a.nii');
    } catch (error) {
      return isNnUNetError(error, 'bad-labels') ? error.what : error;
    }
    return null;
  };
  expect(messageOf(1, 2, -3, 2 ** 31)).toBeNull();
  expect(messageOf(1, Number.NaN)).toBe('is not a label map: it contains NaN (1 voxel)');
  expect(messageOf(0.25, 0.5, Number.NaN, Number.NaN)).toBe(
    'is not a label map: it contains NaN (2 voxels) and values that are not integers, such as 0.25 (2 voxels)',
  );
  expect(messageOf(0, 0.5)).toBe('is not a label map: it contains values that are not integers, such as 0.5 (1 voxel)');
});
