import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { parseSplits, type Split } from '@nnunet/schema';
import { describe, expect, it } from 'vitest';
import { fiveFoldSplits, randomSplitV2, splitOfFold } from './splits.ts';

const cases = (n: number) => Array.from({ length: n }, (_, i) => `case_${String(i).padStart(3, '0')}`);
const valIndices = (splits: Split[]) => splits.map((split) => split.val.map((id) => Number(id.slice(5))));

describe('fiveFoldSplits', () => {
  it.each(['Task004_Hippocampus', 'Task101_Aniso', 'Task102_TwoMod', 'Task103_CT'])('equals v1 on %s', (task) => {
    const golden = parseSplits(readFileSync(new URL(`../fixtures/splits/${task}.json`, import.meta.url), 'utf8'));
    const ids = [...golden[0]!.train, ...golden[0]!.val];
    expect(fiveFoldSplits(ids)).toEqual(golden);
    expect(fiveFoldSplits(ids.reverse())).toEqual(golden);
  });

  it('equals the index sets of scikit-learn', () => {
    expect(valIndices(fiveFoldSplits(cases(5)))).toEqual([[0], [4], [3], [1], [2]]);
    expect(valIndices(fiveFoldSplits(cases(10)))).toEqual([[0, 7], [3, 9], [4, 6], [1, 8], [2, 5]]); // biome-ignore format: a table
    expect(valIndices(fiveFoldSplits(cases(12)))).toEqual([[0, 3, 8], [7, 10, 11], [6, 9], [1, 4], [2, 5]]); // biome-ignore format: a table
    expect(valIndices(fiveFoldSplits(cases(260))).map((fold) => fold.slice(0, 8))).toEqual([
      [9, 10, 16, 18, 20, 30, 33, 40],
      [1, 14, 15, 17, 19, 26, 27, 39],
      [2, 4, 8, 13, 24, 25, 28, 35],
      [0, 3, 6, 12, 21, 22, 32, 37],
      [5, 7, 11, 23, 29, 31, 34, 36],
    ]);
  });

  it('names the number of cases and the remedy below five', () => {
    expect(() => fiveFoldSplits(cases(4))).toThrow(/4 training cases: five folds need at least 5[\s\S]*fold "all"/);
    expect(() => fiveFoldSplits(['a', 'b', 'c', 'd', 'e', 'a'])).toThrow('the case a is listed twice');
  });
});

describe('splitOfFold', () => {
  const splits = fiveFoldSplits(cases(10));

  it('gives stored folds and "all"', () => {
    expect(splitOfFold(1, splits, cases(10)).val).toEqual(['case_003', 'case_009']);
    expect(splitOfFold('all', null, cases(3).reverse())).toEqual({ train: cases(3), val: cases(3) });
  });

  it('refuses a fold above the stored ones', () => {
    expect(() => splitOfFold(5, splits, cases(10))).toThrow(/no fold 5: the splits have 5 folds \(0 to 4\)/);
    expect(() => splitOfFold(2, null, cases(10))).toThrow(/no fold 2: the splits have 0 folds\n/);
  });

  it('names listed cases that are not there', () => {
    expect(() => splitOfFold(0, splits, cases(9))).toThrow(/case_009/);
  });
});

describe('randomSplitV2', () => {
  const drawn: Record<string, number[]> = JSON.parse(
    readFileSync(new URL('../fixtures/splits/random-v2.json', import.meta.url), 'utf8'),
  );

  it.each(Object.entries(drawn))('trains on what NumPy draws: %s', (name, indices) => {
    const [n, fold] = name.match(/\d+/g)!.map(Number);
    const { train, val } = randomSplitV2(fold!, cases(n!).reverse());
    expect(train.map((id) => Number(id.slice(5)))).toEqual(indices);
    expect(val).toEqual(cases(n!).filter((id) => !train.includes(id)));
  });

  it('has the folds of which there are seeds', () => {
    const last = 2 ** 32 - 1 - 12345;
    expect(randomSplitV2(last, cases(10)).val).toHaveLength(2);
    expect(() => randomSplitV2(last + 1, cases(10))).toThrow(`\`fold\` must be an integer from 0 to ${last}`);
  });
});

describe('parseSplits', () => {
  it('takes any number of folds', () => {
    expect(parseSplits('[{"train": ["a"], "val": ["b"]}]')).toEqual([{ train: ['a'], val: ['b'] }]);
    expect(() => parseSplits('[]')).toThrow(/at least one fold expected/);
  });

  it('names the wrong key', () => {
    try {
      parseSplits('[{"train": ["a"]}, {"train": ["a"], "val": [3]}]', 'x/splits_final.json');
      expect.unreachable();
    } catch (error) {
      expect(isNnUNetError(error, 'bad-splits')).toBe(true);
      expect(String(error)).toContain('x/splits_final.json');
      expect(String(error)).toContain('"1.val.0": a case id expected; found 3');
    }
  });
});
