import { expect, it } from 'vitest';
import { entropyMap, voteMap } from './disagreement.ts';

it('maps the entropy of probabilities, from none to equal ones, into the grid of the image', () => {
  // Three classes in a box of 1 x 1 x 3 voxels: certain background, a coin's toss, and no idea.
  const softmax = [1, 0.5, 1 / 3, 0, 0.5, 1 / 3, 0, 0, 1 / 3];
  const { map, mean } = entropyMap(softmax, [3, 1, 1, 3], { low: [1, 0, 1], shape: [2, 2, 5], areRegions: false });
  expect(map).toHaveLength(20);
  // Slice 1, row 0 of a grid with rows of five begins at voxel 10; the box one column further.
  expect([...map].map((value, i) => [i, value]).filter(([, value]) => value !== 0)).toEqual([
    [12, expect.closeTo(Math.log(2) / Math.log(3), 6)],
    [13, expect.closeTo(1, 6)],
  ]);
  // The certain background does not count.
  expect(mean).toBeCloseTo((Math.log(2) / Math.log(3) + 1) / 2, 6);
});

it('takes the probability of each region for itself', () => {
  // Two regions in three voxels: neither, one in doubt, and both certain.
  const { map, mean } = entropyMap([0, 0.5, 1, 0, 1, 1], [2, 1, 1, 3], {
    low: [0, 0, 0],
    shape: [1, 1, 3],
    areRegions: true,
  });
  expect([...map]).toEqual([0, 0.5, 0]);
  expect(mean).toBe(0.25);
});

it('has no mean where no foreground is likely', () => {
  expect(
    entropyMap([0.95, 0.05], [2, 1, 1, 1], { low: [0, 0, 0], shape: [1, 1, 1], areRegions: false }).mean,
  ).toBeNull();
  expect(voteMap([Uint8Array.of(0, 0), Uint8Array.of(0, 0)]).mean).toBeNull();
});

it('maps the pairs of folds that disagree', () => {
  const folds = [Uint8Array.of(0, 1, 1, 1), Uint8Array.of(0, 1, 1, 2), Uint8Array.of(0, 1, 0, 0)];
  const { map, mean } = voteMap(folds);
  expect([...map]).toEqual([0, 0, expect.closeTo(2 / 3, 6), 1]);
  expect(mean).toBeCloseTo(5 / 9, 6);
});
