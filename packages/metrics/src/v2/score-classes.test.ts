import { expect, it } from 'vitest';
import { classesV2, classKeyV2, classOfKeyV2 } from './class-keys.ts';
import { scoreClassesV2 } from './score-classes.ts';

const test = Uint8Array.of(1, 1, 2, 2, 0, 0, 3, 1);
const reference = Uint8Array.of(1, 2, 2, 0, 0, 1, 3, 4);

it('counts labels and overlapping regions, and leaves out voxels whose reference is ignored', () => {
  const scores = scoreClassesV2(test, reference, { classes: [1, [1, 2], [3]], ignore: 4 });
  expect(scores).toEqual({
    1: { TP: 1, FP: 1, FN: 1, TN: 4, Dice: 0.5, IoU: 1 / 3, n_pred: 2, n_ref: 2 },
    '(1, 2)': { TP: 3, FP: 1, FN: 1, TN: 2, Dice: 0.75, IoU: 3 / 5, n_pred: 4, n_ref: 4 },
    '(3,)': { TP: 1, FP: 0, FN: 0, TN: 6, Dice: 1, IoU: 1, n_pred: 1, n_ref: 1 },
  });
  // Without an ignore label, the last voxel is a false 1.
  expect(scoreClassesV2(test, reference, { classes: [1] })[1]).toMatchObject({ FP: 2, TN: 4, n_pred: 3 });
});

it('has no Dice and no IoU for what is in neither map', () => {
  const { Dice, IoU, TN } = scoreClassesV2(test, reference, { classes: [9] })[9]!;
  expect([Dice, IoU, TN]).toEqual([Number.NaN, Number.NaN, 8]);
});

it('refuses maps of other lengths', () => {
  const score = () => scoreClassesV2(test, reference.subarray(1), { classes: [1] });
  expect(score).toThrow(expect.objectContaining({ tag: 'shape-mismatch' }));
});

it('names classes as Python, and knows them by these names', () => {
  const regions = [
    { name: 'whole', values: [2, 1] },
    { name: 'core', values: [3] },
    { name: 'rim', values: [4], single: true as const },
  ];
  const classes = classesV2({ regions, foreground: [1, 2, 3, 4] });
  expect(classes.map(classKeyV2)).toEqual(['(2, 1)', '(3,)', '4']);
  expect(classes.map(classKeyV2).map(classOfKeyV2)).toEqual(classes);
  expect(classesV2({ regions: null, foreground: [1, 5] })).toEqual([1, 5]);
});
