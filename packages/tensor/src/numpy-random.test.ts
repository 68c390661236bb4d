import { describe, expect, it } from 'vitest';
import { numpyRandom } from './numpy-random.ts';

/** scikit-learn's KFold(5, shuffle, random_state 12345): validation indices per fold. */
function folds(n: number): number[][] {
  const order = numpyRandom(12345).shuffle(n);
  let start = 0;
  return Array.from({ length: 5 }, (_, k) => {
    const size = Math.floor(n / 5) + (k < n % 5 ? 1 : 0);
    const fold = [...order.subarray(start, start + size)].sort((a, b) => a - b);
    start += size;
    return fold;
  });
}

// All values: numpy.random.RandomState of NumPy 2.4 (the same since 1.17).
describe('numpyRandom', () => {
  it('draws the same numbers in the same order', () => {
    const random = numpyRandom(1234);
    expect([random.uniform(), random.uniform(), random.uniform()]).toEqual([
      0.1915194503788923, 0.6221087710398319, 0.4377277390071145,
    ]);
    expect(Array.from({ length: 6 }, () => random.randint(3, 17))).toEqual([11, 12, 4, 10, 12, 13]);
    const normal = [0.5342358658326771, -0.5110438900086492, -0.008678581361935722, -0.3210612873643057];
    for (const value of normal) expect(random.standardNormal()).toBeCloseTo(value, 14);
    expect(random.permutation([0, 10, 20, 30, 40, 50, 60])).toEqual([40, 50, 30, 60, 20, 10, 0]);
    expect([random.randint(0, 2 ** 32), random.randint(0, 2 ** 31 + 5), random.randint(5, 6)]).toEqual([
      3319265058, 1248669606, 5,
    ]);
    expect([...random.shuffle(3)]).toEqual([0, 1, 2]);
    expect([random.bits(), random.bits(), random.bits()]).toEqual([1567173351, 3170917515, 2643106432]);
  });

  it('accepts the largest seed and refuses invalid ones', () => {
    const random = numpyRandom(0xffffffff);
    expect([random.bits(), random.bits(), random.bits()]).toEqual([419326371, 479346978, 3918654476]);
    for (const seed of [-1, 2 ** 32, 0.5, Number.NaN]) expect(() => numpyRandom(seed)).toThrow(RangeError);
    expect(() => random.randint(3, 3)).toThrow(RangeError);
  });

  it('shuffles long lists', () => {
    const random = numpyRandom(1234);
    const order = random.shuffle(30000);
    expect([...order.subarray(0, 5)]).toEqual([13125, 14635, 19429, 4381, 7659]);
    expect([...order.subarray(-5)]).toEqual([27852, 23605, 1318, 25299, 27439]);
    expect(order.reduce((sum, value, i) => sum + value * i, 0)).toBe(6750196554591);
    expect([...random.shuffle(5)]).toEqual([3, 2, 1, 0, 4]);
    expect(random.shuffle(0)).toHaveLength(0);
  });

  it("gives nnU-Net's folds", () => {
    expect(folds(5)).toEqual([[0], [4], [3], [1], [2]]);
    expect(folds(10)).toEqual([
      [0, 7],
      [3, 9],
      [4, 6],
      [1, 8],
      [2, 5],
    ]);
    expect(folds(12)).toEqual([
      [0, 3, 8],
      [7, 10, 11],
      [6, 9],
      [1, 4],
      [2, 5],
    ]);
    expect(folds(260).map((fold) => fold.slice(0, 8))).toEqual([
      [9, 10, 16, 18, 20, 30, 33, 40],
      [1, 14, 15, 17, 19, 26, 27, 39],
      [2, 4, 8, 13, 24, 25, 28, 35],
      [0, 3, 6, 12, 21, 22, 32, 37],
      [5, 7, 11, 23, 29, 31, 34, 36],
    ]);
    const train = numpyRandom(12345 + 5)
      .shuffle(10)
      .subarray(0, 8);
    expect([...train].sort()).toEqual([0, 3, 4, 5, 6, 7, 8, 9]);
  });
});

it('counts what it draws with replacement, and goes on from there', () => {
  for (const [n, draws] of [
    [1, 7],
    [2, 1000],
    [3, 4000],
    [2 ** 12 + 1, 2000],
  ] as const) {
    const [one, other] = [numpyRandom(1234), numpyRandom(1234)];
    const counts = one.choiceCounts(n, draws);
    const expected = new Uint32Array(n);
    for (let i = 0; i < draws; i++) expected[other.randint(0, n)]!++;
    expect(counts).toEqual(expected);
    expect(one.bits()).toBe(other.bits());
  }
  expect(numpyRandom(1).choiceCounts(0, 5)).toEqual(new Uint32Array(0));
});
