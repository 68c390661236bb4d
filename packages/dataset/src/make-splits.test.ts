import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { makeSplits } from './make-splits.ts';
import { findSplitFaults, formatSplitFaults } from './split-faults.ts';

const cases = (n: number) => Array.from({ length: n }, (_, i) => `case_${String(i).padStart(3, '0')}`);

function tagOf(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return isNnUNetError(error) ? error.tag : 'not of the family';
  }
}

describe('makeSplits', () => {
  it('cuts a shuffled list, as scikit-learn does', () => {
    // KFold(3, shuffle=True, random_state=0) on 7 samples: RandomState(0).permutation(7) = 6 2 1 3 0 5 4
    const splits = makeSplits(cases(7), { folds: 3, seed: 0 });
    expect(splits.map(({ val }) => val.map((id) => Number(id.slice(5))))).toEqual([[1, 2, 6], [0, 3], [4, 5]]); // biome-ignore format: a table
    expect(splits[0]!.train).toHaveLength(4);
  });

  it('keeps groups together and the folds alike in size', () => {
    const ids = cases(60);
    const groupOf = new Map(ids.map((id, i) => [id, `patient_${Math.floor(i / 3)}`]));
    const splits = makeSplits(ids, { folds: 5, seed: 12345, groupOf });
    expect(splits.map(({ val }) => val.length)).toEqual([12, 12, 12, 12, 12]);
    expect(splits.flatMap(({ val }) => val).sort()).toEqual(ids);
    expect(findSplitFaults(splits, { cases: ids, groupOf })).toEqual([]);
    // Divided without regard to groups, the same check finds the leak.
    const plain = findSplitFaults(makeSplits(ids, { folds: 5, seed: 12345 }), { cases: ids, groupOf });
    expect(plain.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(0);
  });

  it('spreads strata evenly, rare labels too', () => {
    const ids = cases(50);
    const strataOf = new Map(ids.map((id, i) => [id, [i % 2 === 0 ? 'site A' : 'site B', ...(i < 5 ? ['rare'] : [])]]));
    const splits = makeSplits(ids, { folds: 5, seed: 1, strataOf });
    for (const { val } of splits) {
      expect(val).toHaveLength(10);
      expect(val.filter((id) => strataOf.get(id)!.includes('site A'))).toHaveLength(5);
      expect(val.filter((id) => strataOf.get(id)!.includes('rare'))).toHaveLength(1);
    }
  });

  it('places large groups first, each where the fewest cases are', () => {
    // Of 3, 2, 2 and 1 cases: 3 | , 3 | 2, 3 | 2 2, 3 1 | 2 2.
    const sizes = [1, 2, 3, 2];
    const groups = sizes.flatMap((n, i) => new Array<string>(n).fill(`g${i}`));
    const groupOf = new Map(cases(8).map((id, i) => [id, groups[i]!]));
    for (const seed of [0, 1, 2, 3]) {
      const [first, second] = makeSplits(cases(8), { folds: 2, seed, groupOf });
      expect([...new Set(first!.val.map((id) => groupOf.get(id)))]).toEqual(['g0', 'g2']);
      expect([...new Set(second!.val.map((id) => groupOf.get(id)))]).toEqual(['g1', 'g3']);
    }
  });

  it('weighs a stratum by its share of the cases that have it', () => {
    // The two rare cases weigh 1/8 + 1/2 each and come first, one a fold, whatever the order of the others.
    const strataOf = new Map([['case_003', ['rare', 'rare']], ['case_006', ['rare']]]); // biome-ignore format: a table
    for (const seed of [0, 1, 2, 3, 4]) {
      const splits = makeSplits(cases(8), { folds: 2, seed, strataOf });
      expect(splits.map(({ val }) => [val.length, val.filter((id) => strataOf.has(id)).length])).toEqual([[4, 1], [4, 1]]); // biome-ignore format: a table
    }
  });

  it('depends on the seed and not on the order of the cases', () => {
    const options = { folds: 4, seed: 3, strataOf: new Map(cases(20).map((id, i) => [id, [String(i % 3)]])) };
    expect(makeSplits(cases(20).reverse(), options)).toEqual(makeSplits(cases(20), options));
    expect(makeSplits(cases(20), { ...options, seed: 4 })).not.toEqual(makeSplits(cases(20), options));
  });

  it('refuses what cannot be divided', () => {
    const groupOf = new Map(cases(9).map((id, i) => [id, String(i % 3)]));
    expect(tagOf(() => makeSplits(cases(9), { folds: 5, seed: 0, groupOf }))).toBe('too-few-cases');
    expect(tagOf(() => makeSplits(cases(10), { folds: 3, seed: 0, groupOf }))).toBe('unknown-case');
    expect(tagOf(() => makeSplits(cases(9), { folds: 1, seed: 0 }))).toBe('usage');
    for (const seed of [-1, 0.5, 2 ** 32]) expect(tagOf(() => makeSplits(cases(9), { folds: 3, seed }))).toBe('usage');
    for (const folds of [2.5, Number.NaN]) expect(tagOf(() => makeSplits(cases(9), { folds, seed: 0 }))).toBe('usage');
    expect(tagOf(() => makeSplits([...cases(9), 'case_004'], { folds: 3, seed: 0 }))).toBe('duplicate-cases');
  });

  it('takes the least and the most there may be', () => {
    const groupOf = new Map(cases(9).map((id, i) => [id, String(i % 3)]));
    expect(makeSplits(cases(9), { folds: 3, seed: 2 ** 32 - 1, groupOf }).map(({ val }) => val.length)).toEqual([
      3, 3, 3,
    ]);
    expect(makeSplits(cases(2), { folds: 2, seed: 0 }).map(({ val }) => val.length)).toEqual([1, 1]);
  });

  it('names ten cases without a group at most', () => {
    const without = (n: number) => () => makeSplits(cases(n), { folds: 2, seed: 0, groupOf: new Map() });
    expect(without(10)).toThrow(/no group for 10 of 10 cases: case_000, .*, case_009\n/);
    expect(without(11)).toThrow(/no group for 11 of 11 cases: case_000, .*, case_009, …\n/);
  });
});

describe('findSplitFaults', () => {
  it('finds leaks, strangers and forgotten cases', () => {
    const splits = [
      { train: ['a', 'b', 'b'], val: ['a', 'c'] },
      { train: ['a', 'x'], val: ['c'] },
    ];
    const text = formatSplitFaults(findSplitFaults(splits, { cases: ['a', 'b', 'c', 'd'] }));
    expect(text.split('\n')).toEqual([
      'error, fold 0: in both training and validation: a',
      'error, fold 0: more than once in training: b',
      'warning, fold 0: neither in training nor in validation: d',
      'error, fold 1: not in the dataset: x',
      'warning, fold 1: neither in training nor in validation: b, d',
      'warning, all folds: never validated: b, d',
      'warning, all folds: validated in more than one fold: c',
    ]);
    expect(formatSplitFaults([])).toBe('No faults found.');
  });

  it('finds groups on both sides, which one case in both lists is not', () => {
    const groupOf = new Map([['a', 'p'], ['b', 'p'], ['c', 'q'], ['d', 'q'], ['e', 'r']]); // biome-ignore format: a table
    const errorsOf = (train: string[], val: string[]) =>
      findSplitFaults([{ train, val }], { cases: groupOf.keys(), groupOf })
        .filter(({ severity }) => severity === 'error')
        .map(({ what, ids }) => [what, ids]);
    expect(errorsOf(['a', 'c'], ['d', 'b', 'e'])).toEqual([
      ['groups with cases in both training and validation', ['p', 'q']],
    ]);
    expect(errorsOf(['a', 'c'], ['a', 'e'])).toEqual([['in both training and validation', ['a']]]);
  });

  it('finds empty lists, and cases that are validated twice in one fold', () => {
    const faults = findSplitFaults([{ train: [], val: ['a', 'b', 'a'] }, { train: ['a', 'b'], val: [] }], { cases: ['a', 'b'] }); // biome-ignore format: a table
    expect(formatSplitFaults(faults).split('\n')).toEqual([
      'error, fold 0: no cases in training',
      'error, fold 0: more than once in validation: a',
      'error, fold 1: no cases in validation',
    ]);
  });

  it('names ten cases at most', () => {
    const text = (n: number) => formatSplitFaults([{ severity: 'warning', fold: null, what: 'w', ids: cases(n) }]);
    expect(text(10)).toBe(`warning, all folds: w: ${cases(10).join(', ')}`);
    expect(text(11)).toBe(`warning, all folds: w: ${cases(10).join(', ')}, … (11)`);
  });
});
