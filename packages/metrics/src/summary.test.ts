import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { countConfusion, labelsIn } from './confusion.ts';
import { evaluateCase } from './evaluate-case.ts';
import { judgedClasses, meanDice, regionsIn } from './judged-classes.ts';
import { aggregateScores, foregroundMean } from './summary.ts';
import { formatSummary, parseSummary } from './summary-json.ts';

const test = Uint8Array.of(0, 1, 1, 2, 0, 3);
const reference = Uint8Array.of(0, 1, 2, 2, 1, 0);

describe('countConfusion', () => {
  it('counts each label', () => {
    expect(countConfusion(test, reference, [1, 2, 7])).toEqual([
      { tp: 1, fp: 1, fn: 1, tn: 3 },
      { tp: 1, fp: 0, fn: 1, tn: 4 },
      { tp: 0, fp: 0, fn: 0, tn: 6 },
    ]);
  });

  it('takes values outside of the labels, fractions and labels far apart', () => {
    const a = Float32Array.of(-1, 0.5, 100_000, 1);
    const b = Float32Array.of(-1, 1, 100_000, 1);
    expect(countConfusion(a, b, [-1, 1])).toEqual([
      { tp: 1, fp: 0, fn: 0, tn: 3 },
      { tp: 1, fp: 0, fn: 1, tn: 2 },
    ]);
    expect(countConfusion(a, b, [1, 100_000])).toEqual([
      { tp: 1, fp: 0, fn: 1, tn: 2 },
      { tp: 1, fp: 0, fn: 0, tn: 3 },
    ]);
  });

  it('gives a label that is named twice its counts twice, and none where none is named', () => {
    const one = { tp: 1, fp: 1, fn: 1, tn: 3 };
    expect(countConfusion(test, reference, [1, 2, 1])).toEqual([one, { tp: 1, fp: 0, fn: 1, tn: 4 }, one]);
    expect(countConfusion(test, reference, [])).toEqual([]);
    expect(countConfusion(test, reference, [100_000, 1, 1])).toEqual([{ tp: 0, fp: 0, fn: 0, tn: 6 }, one, one]);
    expect(countConfusion([0.5, 1] as never, [0.5, 0] as never, [0.5])).toEqual([{ tp: 1, fp: 0, fn: 0, tn: 1 }]);
  });

  it('refuses label maps of different sizes', () => {
    expect(() => countConfusion(test, new Uint8Array(5), [1])).toThrow(/5 voxels/);
  });

  it('finds the labels of both maps', () => expect(labelsIn(test, Int16Array.of(-1, 5))).toEqual([-1, 0, 1, 2, 3, 5]));
});

it('takes values for the whole numbers that they begin with', () => {
  expect(labelsIn(Float32Array.of(2.9, -1.5, 0.5, 2))).toEqual([-1, 0, 2]);
});

describe('evaluateCase', () => {
  it('scores the labels of both maps by all metrics, or those that are asked for', () => {
    const all = evaluateCase(test, reference);
    expect(Object.keys(all)).toEqual(['0', '1', '2', '3']);
    expect(Object.keys(all['1']!)).toHaveLength(13);
    expect(evaluateCase(test, reference, { labels: [1], metrics: ['Recall', 'Dice'] })).toEqual({
      1: { Recall: 0.5, Dice: 0.5 },
    });
    expect(all['1']).not.toHaveProperty(['Hausdorff Distance']);
  });

  it('gives NaN where a label is absent from both', () => {
    const { 9: scores } = evaluateCase(test, reference, { labels: [9] });
    expect(scores!.Dice).toBeNaN();
    expect(scores!.Accuracy).toBe(1);
  });

  it('gives Dice 0 where a label is absent from one', () => {
    expect(evaluateCase(test, reference, { labels: [3] })['3']!.Dice).toBe(0);
  });
});

describe('summary.json', () => {
  const cases = [
    {
      reference: 'r/a.nii.gz',
      test: 'p/a.nii.gz',
      scores: { 0: { Dice: 1 }, 1: { Dice: 0.5 }, 2: { Dice: Number.NaN } },
    },
    {
      reference: 'r/b.nii.gz',
      test: 'p/b.nii.gz',
      scores: { 0: { Dice: 1 }, 1: { Dice: 1 }, 2: { Dice: Number.NaN } },
    },
  ];
  const summary = aggregateScores(cases, { name: 'NaN "stays" Infinity' });

  it('leaves NaN out of the means', () => {
    expect(summary.results.mean['1']).toEqual({ Dice: 0.75 });
    expect(summary.results.mean['2']!.Dice).toBeNaN();
  });

  it('survives writing and reading', () => {
    const text = formatSummary(summary);
    expect(text).toContain('"Dice": null');
    expect(text.split('\n')[1]).toBe('    "author": "nnU-Net",');
    expect(parseSummary(text)).toEqual(summary);
  });

  it('reads words only outside of strings', () => {
    const text =
      '{"name": "NaN -Infinity \\" NaN", "results": {"all": [], "mean": {"1": {"a": NaN, "b": -Infinity, "c": Infinity}}}}';
    const read = parseSummary(text);
    expect(read.name).toBe('NaN -Infinity " NaN');
    expect(read.results.mean['1']).toEqual({ a: Number.NaN, b: Number.NEGATIVE_INFINITY, c: Number.POSITIVE_INFINITY });
  });

  it('refuses JSON that is not a summary', () => {
    for (const text of [
      ...['{', '[]', 'null', '{"results": {}}', '{"results": {"all": []}}', '{"results": {"mean": {}}}'],
      ...['{"results": {"all": [], "mean": null}}', '{"results": {"all": {}, "mean": {}}}'],
    ]) {
      let tag = false;
      try {
        parseSummary(text, 'summary.json');
      } catch (error) {
        tag = isNnUNetError(error, 'bad-summary');
      }
      expect(tag).toBe(true);
    }
  });

  it('averages each metric that the first foreground label has over those that have it', () => {
    const scores = { 0: { Dice: 1 }, 2: { Dice: 0.5, Recall: 0.25 }, 3: { Dice: 0.75 } };
    const { mean } = foregroundMean(aggregateScores([{ ...cases[0]!, scores }])).results;
    expect(mean.mean).toEqual({ Dice: 0.625, Recall: 0.25 });
    const none = foregroundMean(aggregateScores([{ ...cases[0]!, scores: { 0: { Dice: 1 } } }])).results.mean;
    expect(none.mean).toEqual({});
  });

  it('keeps what its header says', () => {
    const header = { name: 'n', task: 't', description: 'd', author: 'a', timestamp: 's', id: 'i' };
    expect(aggregateScores([], header)).toMatchObject(header);
    expect(aggregateScores([])).toMatchObject({
      name: '',
      task: '',
      description: '',
      author: 'nnU-Net',
      timestamp: '',
      id: '',
    });
    expect(parseSummary('{"results": {"all": [], "mean": {}}}')).toEqual({
      ...{ name: '', task: '', description: '', author: '', timestamp: '', id: '' },
      results: { all: [], mean: {} },
    });
  });

  it('averages the foreground labels and drops 99', () => {
    const scores = { ...cases[0]!.scores, 99: { Dice: 0 }, '-1': { Dice: 0 } };
    const { mean } = foregroundMean(aggregateScores([{ ...cases[0]!, scores }])).results;
    expect(mean.mean).toEqual({ Dice: 0.5 });
    expect(Object.keys(mean).sort()).toEqual(['-1', '0', '1', '2', 'mean']);
  });
});

it("writes v1's bare NaN where that is asked for, and nothing else in another way", () => {
  const header = { name: 'is: null', description: 'a\n: null' };
  const summary = aggregateScores(
    [
      {
        test: 'a: null',
        reference: 'b',
        scores: { '1': { Dice: Number.NaN, Accuracy: 0.5, 'Total Positives Test': 0 } },
      },
    ],
    header,
  );
  const text = formatSummary(summary, { bareNaN: true });
  expect(text).toContain('"Dice": NaN,\n');
  expect(text.match(/NaN/g)).toHaveLength(2);
  expect(text.replaceAll(': NaN', ': null')).toBe(formatSummary(summary));
  expect(parseSummary(text)).toEqual(parseSummary(formatSummary(summary)));
});

describe('a summary with regions', () => {
  const regions = { whole: [1, 2], rare: [9] };
  const cases = ['a', 'b'].map((name, i) => ({
    test: `p/${name}.nii.gz`,
    reference: `r/${name}.nii.gz`,
    scores: { 0: { Dice: 1 }, 1: { Dice: 0.5 }, 2: { Dice: 0.25 } },
    regions: { whole: { Dice: 0.75 + i / 8 }, rare: { Dice: Number.NaN } },
  }));
  const summary = aggregateScores(cases, { regions });

  it('is judged by these, in the order of the task, and without them by its foreground labels', () => {
    expect(judgedClasses(summary)).toEqual([
      { key: 'whole', labels: [1, 2], all: [{ Dice: 0.75 }, { Dice: 0.875 }], mean: { Dice: 0.8125 } },
      { key: 'rare', labels: [9], all: [{ Dice: Number.NaN }, { Dice: Number.NaN }], mean: { Dice: Number.NaN } },
    ]);
    expect(meanDice(summary)).toBe(0.8125);
    const plain = aggregateScores(cases);
    expect(judgedClasses(plain).map(({ key, labels, all }) => [key, labels, all[1]])).toEqual([
      ['1', [1], { Dice: 0.5 }],
      ['2', [2], { Dice: 0.25 }],
    ]);
    expect([meanDice(plain), regionsIn(plain), regionsIn(summary)]).toEqual([0.375, undefined, regions]);
  });

  it('is read as it was written, and keeps the mean of the labels that v1 adds', () => {
    expect(parseSummary(formatSummary(summary))).toEqual(summary);
    expect(parseSummary(formatSummary(summary, { bareNaN: true }))).toEqual(summary);
    expect(foregroundMean(summary).results.mean.mean).toEqual({ Dice: 0.375 });
  });
});
