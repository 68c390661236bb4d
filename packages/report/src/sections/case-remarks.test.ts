import { expect, it } from 'vitest';
import type { LabelMeasures } from '../measures/measure-labels.ts';
import { remarksOnCases, type ScoredExamination } from './case-remarks.ts';
import { trainingNorms } from './training-norms.ts';

const labels = [
  { value: 1, name: 'liver', color: '' },
  { value: 2, name: 'tumour', color: '' },
];

function measures(volume: number): LabelMeasures {
  return { volume, components: volume > 0 ? 1 : 0, position: null, intensities: [] };
}

/** A case with volumes of liver and tumour, predicted and of the reference. */
function one(predicted: [number, number], reference: [number, number], dice: [number, number]): ScoredExamination {
  const [a, b] = [predicted, reference].map(([liver, tumour]) => ({ 1: measures(liver), 2: measures(tumour) }));
  const comparison = { dice: {}, swapped: [], moved: null };
  return {
    examined: { id: '', axes: 'LPS', labels: a!, reference: b!, comparison, doubt: null },
    dice: { 1: dice[0], 2: dice[1] },
  };
}

const usual = Array.from({ length: 9 }, (_, i) => one([1e6, 5000], [1e6, 5000], [0.95 + 0.001 * i, 0.7 + 0.01 * i]));
const remarksOn = (strange: ScoredExamination) =>
  remarksOnCases([...usual, strange], labels, {})
    .at(-1)!
    .map(({ text }) => text);

it('says nothing about cases like the others', () => {
  expect(remarksOnCases(usual, labels, {})).toEqual(usual.map(() => []));
});

it.each([
  [
    'nothing predicted',
    one([0, 0], [1e6, 5000], [0, 0]),
    'Nothing is predicted, but the reference contains 1005 ml of foreground.',
  ],
  [
    'a missing label',
    one([1e6, 0], [1e6, 5000], [0.95, 0]),
    'No tumour is predicted, but the reference contains 5 ml of it.',
  ],
  [
    'a low Dice',
    one([1e6, 5000], [1e6, 5000], [0.5, 0.7]),
    "The Dice of liver, 0.500, is far below the cases' median of 0.954.",
  ],
  [
    'another volume',
    one([1e6, 15000], [1e6, 5000], [0.95, 0.7]),
    "The predicted volume of tumour, 15 ml, is much larger than the reference's, 5 ml.",
  ],
])('finds %s first', (_, strange, sentence) => {
  expect(remarksOn(strange)[0]).toBe(sentence);
});

it('names exchanged labels and sides', () => {
  const strange = one([1e6, 5000], [1e6, 5000], [0.9, 0.7]);
  strange.examined.comparison = {
    dice: {},
    swapped: [{ labels: [1, 2], before: 0.01, after: 0.8 }],
    moved: { mirrored: [1, 2], before: 0.2, after: 0.9 },
  };
  expect(remarksOn(strange).slice(0, 2)).toEqual([
    'liver and tumour seem to be exchanged: the other way round, their mean Dice is 0.800 instead of 0.010.',
    'With front and back, and left and right exchanged, the prediction matches the reference better ' +
      '(mean Dice 0.900 instead of 0.200): check the orientation of the image.',
  ]);
});

it.each([
  ['LPS', 'Shifted 2 voxels upwards, and 1 voxel to the front, and 7 voxels to the left, the prediction matches '],
  ['RAI', 'Shifted 2 voxels downwards, and 1 voxel to the back, and 7 voxels to the right, the prediction matches '],
])('says in the directions of the patient how an image is shifted: %s', (axes, beginning) => {
  const strange = one([1e6, 5000], [1e6, 5000], [0.9, 0.7]);
  strange.examined.axes = axes;
  strange.examined.comparison = { dice: {}, swapped: [], moved: { shifted: [2, -1, 7], before: 0.2, after: 0.9 } };
  expect(remarksOn(strange)[0]).toBe(
    `${beginning}the reference better (mean Dice 0.900 instead of 0.200): check the position of the image.`,
  );
});

it('says of an empty prediction only that, and of an unusual reference that the prediction follows it', () => {
  const training = Array.from({ length: 9 }, () => ({ labels: { 1: measures(1e6), 2: measures(5000) } }));
  const norms = trainingNorms(training, labels, []);
  const texts = (strange: ScoredExamination) =>
    remarksOnCases([...usual, strange], labels, norms)
      .at(-1)!
      .map(({ text }) => text);
  expect(texts(one([0, 0], [1e6, 5000], [0, 0]))).toHaveLength(1);
  const followed = one([3e6, 5000], [3e6, 5000], [0.95, 0.75]);
  // Half of 3.5 ln 3 / ln 1.2: it counts less than what the prediction alone gets wrong.
  expect(remarksOnCases([...usual, followed], labels, norms).at(-1)![0]!.severity).toBeCloseTo(10.545, 3);
  expect(texts(followed)).toEqual([
    'The reference itself is unusual. The volume of liver, 3000 ml, is much larger than in the training labels ' +
      '(1000 ml to 1000 ml).',
  ]);
});
