import { expect, it } from 'vitest';
import type { DatasetCase } from '../report-data.ts';
import { oddImages } from './dataset-faults.ts';

function image(id: string, changes: Partial<DatasetCase> = {}): DatasetCase {
  const usual = { training: true, shape: [9, 9, 9], spacing: [3, 1, 1], intensities: [[0, 100, 200]], volumes: [1] };
  return { id, ...usual, ...changes } as DatasetCase;
}

const usual = Array.from({ length: 20 }, (_, i) => image(`c${i}`, { intensities: [[0, 100 + 10 * i, 900]] }));

it('names images whose spacing or intensities are of another size', () => {
  const odd = [image('wide', { spacing: [3, 10, 1] }), image('bright', { intensities: [[0, 40_000, 90_000]] })];
  expect(oddImages([...usual, ...odd], ['MRI'])).toEqual([
    'wide: The spacing along y, 10 mm, is unlike that of the others (1 mm).',
    'bright: The median intensity of MRI, 40000, is of another size than in the others (100 to 289).',
  ]);
});

it('says nothing about small differences, missing values, and few images', () => {
  expect(
    oddImages([...usual, image('a', { spacing: [3.3, 1, 1] }), image('b', { intensities: [null] })], ['MRI']),
  ).toEqual([]);
  expect(oddImages([...usual.slice(0, 2), image('c', { spacing: [30, 1, 1] })], ['MRI'])).toEqual([]);
});

it.each([
  ['a spacing 1.18 times as large', { spacing: [3.54, 1, 1] }, 0],
  ['a spacing 1.22 times as large', { spacing: [3.66, 1, 1] }, 1],
  ['an intensity 2.9 times as large', { intensities: [[0, 290, 900]] }, 0],
  ['an intensity 3.1 times as large', { intensities: [[0, 310, 900]] }, 1],
] as [string, Partial<DatasetCase>, number][])('weighs %s', (_, changes, remarks) => {
  const alike = Array.from({ length: 20 }, (_, i) => image(`c${i}`));
  expect(oddImages([...alike, image('odd', changes)], ['MRI'])).toHaveLength(remarks);
});

it('names twenty cases, and says how many more there are', () => {
  const cases = Array.from({ length: 500 }, (_, i) => image(`c${i}`, i < 22 ? { spacing: [3, 10, 1] } : {}));
  const said = oddImages(cases, ['MRI']);
  expect(said).toHaveLength(21);
  expect(said.at(-1)).toBe('2 more cases are unlike the others.');
});
