import { input } from '@nnunet/autodiff/operators';
import { expect, it } from 'vitest';
import { evaluate } from '../test/goldens.ts';
import { evaluationCounts } from './evaluation-step.ts';
import { diceAndBinaryCrossEntropy, diceAndCrossEntropy } from './loss.ts';
import type { LossGraph, StepOptions } from './training-step.ts';

/** Counts of logits (2 samples, classes, 1 x 3 voxels) against targets. */
async function counts(loss: StepOptions['loss'], logits: number[], target: number[]) {
  const classes = logits.length / 6;
  const graph = {
    outputs: [input('logits', [2, classes, 1, 3])],
    inputs: { targets: new Map([[0, input('target', [2, target.length / 6, 1, 3])]]) },
  } as unknown as LossGraph;
  const out = await evaluate(evaluationCounts(graph, { loss } as StepOptions), { logits, target });
  return Object.fromEntries(Object.entries(out).map(([name, list]) => [name, [...list]]));
}

it('counts the greatest logit of each voxel against its label, the first of equal ones', async () => {
  const logits = [
    [1, 0, 0], [0, 2, 0], [0, 1, 5], // classes 0, 1, 2 of the first sample: predicted 0, 1, 2
    [7, 0, 3], [7, 1, 3], [0, 0, 4], // of the second: 0, 1, 2
  ].flat(); // biome-ignore format: a table
  const target = [0, 2, 2, 1, 1, 0];
  expect(await counts(diceAndCrossEntropy({ batchDice: false }), logits, target)).toEqual({
    truePositives: [1, 1, 1],
    falsePositives: [1, 1, 1],
    falseNegatives: [1, 1, 1],
  });
});

it('counts sigmoids above one half against each region', async () => {
  const logits = [
    [0.01, 0, -1], [2, -2, 0.5], // two regions of the first sample: 100, 101
    [-0.1, 3, 0.2], [-1, -1, -1], // of the second: 011, 000
  ].flat(); // biome-ignore format: a table
  const target = [
    [1, 1, 0], [0, 1, 1],
    [1, 1, 0], [0, 0, 1],
  ].flat(); // biome-ignore format: a table
  expect(await counts(diceAndBinaryCrossEntropy({ batchDice: false }), logits, target)).toEqual({
    truePositives: [2, 1],
    falsePositives: [1, 1],
    falseNegatives: [2, 2],
  });
});

it('takes one class alone for a region', async () => {
  expect(
    await counts(diceAndBinaryCrossEntropy({ batchDice: false }), [1, -1, 2, -1, 3, 1], [1, 1, 1, 0, 1, 0]),
  ).toEqual({ truePositives: [3], falsePositives: [1], falseNegatives: [1] });
});

it('leaves out the voxels that the loss ignores', async () => {
  const logits = [
    [1, 0, 0], [0, 2, 0], [0, 1, 5], // predicted 0, 1, 2
    [7, 0, 3], [7, 1, 3], [0, 0, 4], // 0, 1, 2
  ].flat(); // biome-ignore format: a table
  expect(await counts(diceAndCrossEntropy({ batchDice: false, ignoreLabel: 3 }), logits, [0, 3, 2, 1, 1, 3])).toEqual({
    truePositives: [1, 1, 1],
    falsePositives: [1, 0, 0],
    falseNegatives: [0, 1, 0],
  });
  const regions = [
    [1, -1, 1], [1, 1, -1], // predicted 101, 110
    [-1, 1, 1], [-1, -1, -1], // 011, 000
  ].flat(); // biome-ignore format: a table
  const target = [
    [1, 1, 0], [0, 1, 1], [0, 0, 1],
    [1, 1, 0], [0, 0, 1], [0, 1, 1],
  ].flat(); // biome-ignore format: a table
  expect(await counts(diceAndBinaryCrossEntropy({ batchDice: true, ignore: true }), regions, target)).toEqual({
    truePositives: [1, 1],
    falsePositives: [0, 1],
    falseNegatives: [2, 0],
  });
});
