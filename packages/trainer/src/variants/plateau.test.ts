import { expect, it } from 'vitest';
import { patienceIsOver, plateauLearningRate } from './plateau.ts';

const flat = (epochs: number) => new Array<number>(epochs).fill(1);

it('falls to a fifth after 30 epochs without a better average, and again', () => {
  // The first average is the best one; 31 more are no better, and the newest is not looked at.
  expect(plateauLearningRate(0.01, [])).toBe(0.01);
  expect(plateauLearningRate(0.01, flat(32))).toBe(0.01);
  expect(plateauLearningRate(0.01, flat(33))).toBeCloseTo(0.002, 12);
  expect(plateauLearningRate(0.01, flat(33 + 30))).toBeCloseTo(0.002, 12);
  expect(plateauLearningRate(0.01, flat(33 + 31))).toBeCloseTo(0.0004, 12);
});

it('stays while the loss falls', () => {
  const falling = Array.from({ length: 200 }, (_, epoch) => 1 - epoch / 100);
  expect(plateauLearningRate(0.01, falling)).toBe(0.01);
  expect(patienceIsOver(falling, new Array(200).fill(1e-7))).toBe(false);
});

it('ends when patience is over, unless the rate can still fall', () => {
  expect(patienceIsOver(flat(51), new Array(51).fill(1e-6))).toBe(false);
  expect(patienceIsOver(flat(52), new Array(52).fill(1e-6))).toBe(true);
  expect(patienceIsOver(flat(400), new Array(400).fill(1e-2))).toBe(false);
});
