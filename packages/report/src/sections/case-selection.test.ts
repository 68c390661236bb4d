import { expect, it } from 'vitest';
import { chooseToDraw, rolesOf } from './case-selection.ts';

const scored = (...dice: (number | null)[]) => dice.map((meanDice) => ({ meanDice, remarks: [] as string[] }));

it('gives the worst, median and best case their roles, and outliers to others with remarks', () => {
  expect(rolesOf(scored(0.5, 0.9, 0.7, null))).toEqual(['worst', 'best', 'median', null]);
  expect(
    rolesOf([...scored(0.5, 0.9, 0.7), { meanDice: 0.6, remarks: ['odd'] }, { meanDice: 0.8, remarks: [] }]),
  ).toEqual(['worst', 'best', 'median', 'outlier', null]);
  expect(rolesOf(scored(0.5, 0.9))).toEqual([null, null]);
});

it('draws the examples and those at the head that can be drawn', () => {
  const cases = [null, 'outlier', 'outlier', 'worst', null, 'best', 'median'] as const;
  const drawable = cases.map((role, i) => ({ role, drawable: i !== 1 }));
  expect([...chooseToDraw(drawable, 5)].sort()).toEqual([0, 2, 3, 5, 6]);
  expect([...chooseToDraw(drawable, 2)].sort()).toEqual([3, 5]);
  expect(chooseToDraw(drawable, 0).size).toBe(0);
  expect(chooseToDraw(drawable, 99).size).toBe(6);
});
