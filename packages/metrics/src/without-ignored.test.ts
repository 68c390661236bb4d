import { expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import { regionDice } from './regions.ts';
import { aggregateScores } from './summary.ts';
import { formatSummary, parseSummary } from './summary-json.ts';
import { countAnnotated } from './without-ignored.ts';

// Of eight voxels, the reference knows five.
const test = Uint8Array.of(1, 1, 2, 0, 2, 1, 2, 0);
const reference = Uint8Array.of(1, 2, 2, 0, 0, 3, 3, 3);

it('leaves out the voxels that nobody annotated', () => {
  expect(countAnnotated(test, reference, [0, 1, 2], 3)).toEqual([
    { tp: 1, fp: 0, fn: 1, tn: 3 },
    { tp: 1, fp: 1, fn: 0, tn: 3 },
    { tp: 1, fp: 1, fn: 1, tn: 2 },
  ]);
  expect(countAnnotated(test, reference, [1], undefined)).toEqual([{ tp: 1, fp: 2, fn: 0, tn: 5 }]);
  const scores = evaluateCase(test, reference, { ignoreLabel: 3 });
  expect(Object.keys(scores)).toEqual(['0', '1', '2']);
  expect([scores[1]!.Dice, scores[2]!.Dice, scores[1]!.Accuracy]).toEqual([2 / 3, 0.5, 0.8]);
  expect(scores[1]!['Total Positives Test']).toBe(2);
  expect([...test]).toEqual([1, 1, 2, 0, 2, 1, 2, 0]);
});

it('measures surfaces as if the prediction ended where the annotation does', () => {
  const shape = [1, 1, 8] as const;
  const line = (text: string) => Uint8Array.from(text, Number);
  const of = (ignoreLabel?: number) =>
    evaluateCase(line('11000011'), line('11000033'), {
      labels: [1],
      shape,
      ignoreLabel,
      surface: ['Hausdorff Distance'],
    });
  expect([of(3)[1]!['Hausdorff Distance'], of()[1]!['Hausdorff Distance']]).toEqual([0, 6]);
});

it('scores regions without them', () => {
  const regions = { whole: [1, 2], part: [2] };
  // Voxels 0, 1, 2 are whole in both, 4 in the prediction alone.
  expect(regionDice(test, reference, regions, 3)).toEqual({ whole: 6 / 7, part: 0.5 });
  expect(regionDice(test, reference, regions)).toEqual({ whole: 6 / 9, part: 2 / 5 });
});

it('is kept in summary.json, for whatever is scored later', () => {
  const summary = aggregateScores([], { ignoreLabel: 3 });
  expect(parseSummary(formatSummary(summary))).toMatchObject({ ignore_label: 3 });
  expect(parseSummary(formatSummary(aggregateScores([])))).not.toHaveProperty('ignore_label');
});
