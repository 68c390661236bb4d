import { describe, expect, it } from 'vitest';
import { evaluateCase } from './evaluate-case.ts';
import { type Metric, shippedMetrics } from './metric-registry.ts';
import { overlapMetrics } from './overlap.ts';
import { surfaceMetrics } from './surface-distance.ts';

const test = Uint8Array.of(1, 1, 0, 2);
const reference = Uint8Array.of(1, 0, 0, 2);
const scoresBy = (score: Metric['score']) =>
  evaluateCase(test, reference, {
    registry: shippedMetrics.with({ name: 'Mine', score }),
    labels: [1, 2],
    shape: [1, 2, 2],
    spacing: [3, 2, 0.5],
  });

describe("a metric of the user's own", () => {
  it('is computed for each label beside the others, from masks, counts, distances and spacing', () => {
    const scores = scoresBy(({ label, test, reference, counts, spacing, shape, distances }) => {
      expect([shape, spacing]).toEqual([
        [1, 2, 2],
        [3, 2, 0.5],
      ]);
      if (label === 2) return Number.NaN;
      expect([[...test], [...reference]]).toEqual([
        [1, 1, 0, 0],
        [1, 0, 0, 0],
      ]);
      expect(counts).toEqual({ tp: 1, fp: 1, tn: 2, fn: 0 });
      return Math.max(...distances!.testToReference);
    });
    expect(scores['1']).toMatchObject({ Mine: 0.5, Recall: 1, Precision: 0.5 });
    expect(scores['2']!.Mine).toBeNaN();
  });

  it.each<[string, Metric['score'], string]>([
    ['fails', () => (null as never as number[]).length, 'failed for label 1: Cannot read properties of null'],
    ['returns nothing', () => undefined as never, 'returned undefined for label 1'],
    ['returns a text', () => '0.5' as never, 'returned 0.5 for label 1'],
    ['divides by 0', () => -1 / 0, 'returned -Infinity for label 1'],
  ])('that %s is refused by its name and the label', (_, score, what) => {
    const error = { tag: 'bad-metric', what: expect.stringContaining(`the metric Mine ${what}`) };
    expect(() => scoresBy(score)).toThrow(expect.objectContaining(error));
  });

  it('needs a name that no other has', () => {
    const taken = expect.objectContaining({ tag: 'name-taken' });
    expect(() => shippedMetrics.with({ name: 'Hausdorff Distance 95', score: () => 1 })).toThrow(taken);
  });
});

it('finds every metric by its name, and no other', () => {
  const names = shippedMetrics.names();
  expect(names.slice(0, 17)).toEqual([...Object.keys(overlapMetrics), ...Object.keys(surfaceMetrics).slice(0, 4)]);
  const options = { labels: [1, 9], metrics: names, shape: [1, 2, 2], spacing: [5, 3, 2] } as const;
  const { 1: scores, 9: nowhere } = evaluateCase(test, reference, options);
  // One voxel beside the reference's only one.
  expect(scores).toMatchObject({ Dice: 2 / 3, 'Hausdorff Distance': 2, HD: 2, 'Avg. Surface Distance': 1, ASD: 1 });
  expect(scores).toMatchObject({ 'Volume Difference': 0.03, 'Relative Volume Difference': 1, 'Lesion F1': 1 });
  expect(nowhere).toMatchObject({ HD95: NaN, NSD: NaN, 'Volume Difference': 0, 'Relative Volume Difference': NaN });
  const unknown = expect.objectContaining({ tag: 'unknown-metric' });
  expect(() => evaluateCase(test, reference, { metrics: ['dice'] })).toThrow(unknown);
});

it('computes those of v1 unless others are asked for', () => {
  const { 1: scores } = evaluateCase(test, reference, { labels: [1] });
  expect(Object.keys(scores!)).toEqual(Object.keys(overlapMetrics));
});

it('recognises a metric among the exports of a module', () => {
  const exported = { mine: { name: 'Mine', score() {} }, none: null, text: 'Mine', transform: { name: 'Other' } };
  expect(shippedMetrics.withModule('mine.mjs', exported).names().at(-1)).toBe('Mine');
});
