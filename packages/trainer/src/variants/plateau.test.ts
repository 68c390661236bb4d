import { expect, it } from 'vitest';
import { patienceIsOver, plateauLearningRate } from './plateau.ts';

const flat = (epochs: number) => new Array<number>(epochs).fill(1);

it('falls to a fifth after 31 epochs without a better average, and again', () => {
  // The first average looked at is the best one; PyTorch lowers the rate at the 31st that is no better. In v1 the rate
  // changes in epochs 32, 63, 94, 125, and in nnUNetTrainerV2's variants in 33, 64, 95, 126.
  const rate = (epochs: number, from: 0 | 1) => plateauLearningRate(0.01, flat(epochs), from);
  for (const from of [0, 1] as const) {
    expect(rate(0, from)).toBe(0.01);
    expect(rate(31 + from, from)).toBe(0.01);
    expect(rate(32 + from, from)).toBeCloseTo(0.002, 12);
    expect(rate(62 + from, from)).toBeCloseTo(0.002, 12);
    expect(rate(63 + from, from)).toBeCloseTo(0.0004, 12);
  }
});

it('takes an average for better where it is lower by more than a thousandth', () => {
  // The average goes 0.07 of the way to the newest loss: 1, then by 0.00098 or by 0.00105 down, and stays about there.
  const after = (drop: number) => [1, 1 - drop, ...flat(30).map(() => 1 - 0.07 * drop)];
  expect(plateauLearningRate(0.01, after(0.014), 0)).toBeCloseTo(0.002, 12);
  expect(plateauLearningRate(0.01, after(0.015), 0)).toBe(0.01);
});

it('stays while the loss falls', () => {
  const falling = Array.from({ length: 200 }, (_, epoch) => 1 - epoch / 100);
  expect(plateauLearningRate(0.01, falling, 0)).toBe(0.01);
  expect(patienceIsOver({ trainLosses: falling, learningRates: new Array(200).fill(1e-7) }, 1e-7)).toBe(false);
});

it('ends when patience is over, unless the rate can still fall', () => {
  const over = (epochs: number, rate: number, nextRate = rate) =>
    patienceIsOver({ trainLosses: flat(epochs), learningRates: new Array(epochs).fill(rate) }, nextRate);
  expect(over(51, 1e-6)).toBe(false);
  expect(over(52, 1e-6)).toBe(true);
  expect(over(52, 1.1e-6)).toBe(false);
  expect(over(400, 1e-2)).toBe(false);
  // v1 looks at the rate after it has changed it
  expect(over(52, 1e-2, 1e-6)).toBe(true);
  expect(over(52, 1e-6, 1e-2)).toBe(false);
});

it('waits half the patience longer where the rate could still fall', () => {
  // not at epoch 51, but the rate has fallen meanwhile: 51 - 25 = 26 is then the best, and 77 the next to be looked at
  const ends = (epochs: number) =>
    patienceIsOver(
      { trainLosses: flat(epochs), learningRates: flat(epochs).map((_, e) => (e < 60 ? 1e-2 : 1e-7)) },
      1e-7,
    );
  expect(ends(77)).toBe(false);
  expect(ends(78)).toBe(true);
});

it('takes an average for better, in its patience, where it is lower by more than half a thousandth', () => {
  const over = (drop: number) => {
    const trainLosses = [1, 1 - drop, ...flat(50).map(() => 1 - 0.07 * drop)];
    return patienceIsOver({ trainLosses, learningRates: flat(52).map(() => 1e-7) }, 1e-7);
  };
  expect(over(0.007)).toBe(true);
  expect(over(0.0075)).toBe(false);
});
