import { describe, expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import { matchLesions } from './lesions.ts';

const shape = [2, 5, 8] as const;
const spacing = [5, 2, 1] as const;

/** A slice of digits, and an empty one before it. */
function masks(...rows: string[]): Uint8Array {
  return Uint8Array.from(`${'0'.repeat(40)}${rows.join('')}`, Number);
}

const reference = masks(
  '11000011', // three voxels, and three at the right
  '01000010',
  '00000000',
  '11111000', // five, of which the prediction has two parts
  '00000001',
);
const test = masks(
  '11000000', // two of three
  '00000001', // touches no voxel of the reference, and is next to one of it
  '00000000',
  '10011000', // the larger part comes second
  '01000001', // joined to the first part by a corner
);

const LETTERS = { found: 'f', missed: 'm', false: 'F' };

describe('matchLesions', () => {
  const match = (iou: number) => matchLesions({ test, reference, shape, corner: [0, 0, 0] }, { spacing, iou });

  it('matches one to one where a voxel is shared, the highest IoU first', () => {
    const ml = 10 / 1000;
    expect(match(0)).toEqual([
      {
        outcome: 'found',
        centre: [1, 1 / 3, 2 / 3],
        referenceVolume: 3 * ml,
        testVolume: 2 * ml,
        dice: 0.8,
        iou: 2 / 3,
      },
      { outcome: 'missed', centre: [1, 1 / 3, 19 / 3], referenceVolume: 3 * ml, testVolume: 0, dice: 0, iou: 0 },
      { outcome: 'found', centre: [1, 3, 2], referenceVolume: 5 * ml, testVolume: 2 * ml, dice: 4 / 7, iou: 0.4 },
      { outcome: 'found', centre: [1, 4, 7], referenceVolume: ml, testVolume: ml, dice: 1, iou: 1 },
      { outcome: 'false', centre: [1, 1, 7], referenceVolume: 0, testVolume: ml, dice: 0, iou: 0 },
      { outcome: 'false', centre: [1, 3.5, 0.5], referenceVolume: 0, testVolume: 2 * ml, dice: 0, iou: 0 },
    ]);
  });

  it('asks for an IoU', () => {
    const outcomes = (iou: number) => match(iou).map(({ outcome }) => LETTERS[outcome]).join(''); // biome-ignore format: a row
    expect(outcomes(0.4)).toBe('fmffFF');
    expect(outcomes(0.41)).toBe('fmmfFFF');
    expect(outcomes(0.9)).toBe('mmmfFFFF');
  });
});

it('scores lesions by label, and places them in the image', () => {
  const names = ['Lesions Found', 'Lesions Missed', 'Lesions False', 'Lesion Recall', 'Lesion Precision', 'Lesion F1', 'Lesion Dice'] as const; // biome-ignore format: a row
  const options = { labels: [1, 2], metrics: names, shape, spacing };
  const scores = evaluateCase(test, reference, options);
  expect(Object.values(scores[1]!)).toEqual([3, 1, 2, 3 / 4, 3 / 5, 6 / 9, (0.8 + 4 / 7 + 1) / 3]);
  expect(Object.values(scores[2]!)).toEqual([0, 0, 0, NaN, NaN, NaN, NaN]);
  const onlyMissed = evaluateCase(new Uint8Array(80), reference, options)[1]!;
  expect(Object.values(onlyMissed)).toEqual([0, 4, 0, 0, NaN, 0, NaN]);
  expect(evaluateCase(test, reference, { ...options, lesionIoU: 0.6 })[1]!['Lesions Found']).toBe(2);
});
