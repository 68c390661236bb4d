import { expect, it } from 'vitest';
import type { LabelMeasures } from '../measures/measure-labels.ts';
import { trainingNorms, unlikeTraining } from './training-norms.ts';

function measures(changes: Partial<LabelMeasures> = {}): LabelMeasures {
  return { volume: 1000, components: 1, position: [0.5, 0.5, 0.5], intensities: [2], ...changes };
}

const cases = Array.from({ length: 20 }, (_, i) => ({ labels: { 1: measures({ volume: 1000 + 10 * i }) } }));
const mri = [{ name: 'T1', absolute: false }];
const norms = trainingNorms(cases, [{ value: 1, name: 'liver' }], mri);

it('finds nothing to say about a case like the others', () => {
  expect(unlikeTraining({ 1: measures({ volume: 1190 }) }, norms)).toEqual([]);
  expect(unlikeTraining({ 7: measures() }, norms)).toEqual([]);
});

it.each([
  [{ volume: 0, position: null }, 'No liver, which all 20 training label maps contain.'],
  [{ volume: 5000 }, 'The volume of liver, 5 ml, is much larger than in the training labels (1.01 ml to 1.18 ml).'],
  [{ volume: 99 }, 'The volume of liver, 99 mm³, is much smaller than in the training labels (1.01 ml to 1.18 ml).'],
  [{ components: 9 }, 'liver has 9 separate components; in the training labels, 1.'],
  [
    { position: [0.5, 0.5, 0.9] as [number, number, number] },
    'liver lies at 90 % of the image from bottom to top; in the training labels, at 50 %.',
  ],
  [
    { intensities: [-3] },
    "The mean intensity of liver, −3 standard deviations from the image's mean, is unlike the training labels' (2).",
  ],
])('says what is unusual: %o', (changes, sentence) => {
  expect(unlikeTraining({ 1: measures(changes) }, norms).map(({ text }) => text)).toEqual([sentence]);
});

it('puts the most serious first', () => {
  const remarks = unlikeTraining({ 1: measures({ volume: 1700, components: 40 }) }, norms);
  expect(remarks.map(({ text }) => text)).toEqual([
    expect.stringContaining('40 separate components'),
    expect.stringContaining('The volume'),
  ]);
});

it.each([
  [1, ['No liver, which 19 of 20 training label maps contain.']],
  [2, []],
])('misses a label that 95 %% of the training cases have: %i of 20 have none', (without, said) => {
  const empty = Array.from({ length: without }, () => ({ labels: { 1: measures({ volume: 0 }) } }));
  const usual = trainingNorms([...cases.slice(without), ...empty], [{ value: 1, name: 'liver' }], mri);
  expect(unlikeTraining({ 1: measures({ volume: 0 }) }, usual).map(({ text }) => text)).toEqual(said);
});

it('does not miss a label that only some training cases have, and knows nothing from few', () => {
  const some = [
    ...cases.slice(0, 12),
    ...Array.from({ length: 8 }, () => ({ labels: { 1: measures({ volume: 0 }) } })),
  ];
  expect(
    unlikeTraining({ 1: measures({ volume: 0 }) }, trainingNorms(some, [{ value: 1, name: 'liver' }], mri)),
  ).toEqual([]);
  const few = trainingNorms(cases.slice(0, 4), [{ value: 1, name: 'liver' }], mri);
  expect(unlikeTraining({ 1: measures({ volume: 1e6, components: 99 }) }, few)).toEqual([]);
});

it('names the modality where there are several, and no unit of intensities that are absolute', () => {
  const ct = [
    { name: 'CT', absolute: true },
    { name: 'PET', absolute: false },
  ];
  const scans = Array.from({ length: 9 }, (_, i) => ({ labels: { 1: measures({ intensities: [40 + i, 2] }) } }));
  const texts = unlikeTraining(
    { 1: measures({ intensities: [-900, -1] }) },
    trainingNorms(scans, [{ value: 1, name: 'liver' }], ct),
  ).map(({ text }) => text);
  expect(texts).toEqual([
    "The mean intensity of liver in CT, −900, is unlike the training labels' (40.4 to 47.6).",
    "The mean intensity of liver in PET, −1 standard deviations from the image's mean, is unlike the training labels' (2).",
  ]);
});

it('finds nothing in values of two kinds that are a little beyond those of the training cases', () => {
  const at = (x: number) => ({ labels: { 1: measures({ position: [x, 0.5, 0.5] }) } });
  const twoKinds = trainingNorms(
    [...Array.from({ length: 9 }, () => at(0.7)), ...Array.from({ length: 3 }, () => at(0.3))],
    [{ value: 1, name: 'liver' }],
    mri,
  );
  const texts = (x: number) => unlikeTraining(at(x).labels, twoKinds).map(({ text }) => text);
  expect(texts(0.23)).toEqual([]);
  expect(texts(0.21)).toEqual([
    'liver lies at 21 % of the image from right to left; in the training labels, at 30 % to 70 %.',
  ]);
});
