import { expect, it } from 'vitest';
import { OnlineEvaluation } from './online-evaluation.ts';

it('counts over all batches as over one image', () => {
  const evaluation = new OnlineEvaluation(2);
  evaluation.add({ truePositives: [3, 0], falsePositives: [1, 2], falseNegatives: [0, 0] });
  evaluation.add({ truePositives: [1, 4], falsePositives: [0, 0], falseNegatives: [1, 2] });
  const { dice, metric } = evaluation.finish();
  expect(dice).toEqual([8 / 10, 8 / 12]);
  expect(metric).toBeCloseTo((8 / 10 + 8 / 12) / 2, 14);
});

it('leaves out a class that never occurs, and is NaN when none does', () => {
  const one = new OnlineEvaluation(2);
  one.add({ truePositives: [2, 0], falsePositives: [0, 0], falseNegatives: [0, 0] });
  expect(one.finish()).toEqual({ dice: [1], classDice: [1, Number.NaN], metric: 1 });
  expect(new OnlineEvaluation(2).finish()).toEqual({
    dice: [],
    classDice: [Number.NaN, Number.NaN],
    metric: Number.NaN,
  });
});
