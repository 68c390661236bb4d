import { expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import { scoreRegions } from './score-regions.ts';

const test = Uint8Array.of(0, 1, 2, 2, 0, 2);
const reference = Uint8Array.of(0, 2, 2, 0, 1, 3);
const shape = [1, 1, 6] as const;

it('scores regions that overlap by the metrics of labels, without what is ignored', () => {
  const metrics = ['Dice', 'Total Positives Test', 'HD95'] as const;
  const scores = scoreRegions(test, reference, { whole: [1, 2], core: [2] }, { ignoreLabel: 3, metrics, shape });
  expect(scores.whole).toMatchObject({ Dice: 4 / 6, 'Total Positives Test': 3 });
  expect(scores.core).toMatchObject({ Dice: 0.5, 'Total Positives Test': 2 });
  expect(Number.isFinite(scores.whole!.HD95)).toBe(true);
  // Without an ignore label, the last voxel counts.
  const all = scoreRegions(test, reference, { core: [2] }, { metrics: ['Total Positives Test'], shape });
  expect(all.core).toEqual({ 'Total Positives Test': 3 });
});

it('scores a region of one label as the label', () => {
  const labels = evaluateCase(test, reference, { labels: [2], shape });
  expect(scoreRegions(test, reference, { core: [2] }, { shape }).core).toEqual(labels[2]);
});
