import { describe, expect, it } from 'vitest';
import { forcedStart, freeStart, isForcedSample, startBounds, unforcedStart } from './patch-sampling.ts';

const draws = (...values: number[]) => {
  const next = () => values.shift()!;
  return { between: next, index: next, share: next };
};

describe('patch sampling', () => {
  it.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 2],
    [9, 3],
    [12, 4],
    [50, 16],
  ])('forces foreground in the last samples of a batch of %i: %i', (batch, forced) => {
    const flags = Array.from({ length: batch }, (_, i) => isForcedSample(i, batch));
    expect(flags.filter(Boolean).length).toBe(forced);
    expect(flags.slice(0, batch - forced).some(Boolean)).toBe(false);
  });

  it('lets boxes run past the image by half of what the loader adds, and more where the image is smaller', () => {
    const bounds = startBounds({ shape: [50, 20, 40], loaderPatchSize: [33, 33, 33], patchSize: [20, 20, 33] });
    expect(bounds.lower).toEqual([-7, -7, 0]);
    expect(bounds.upper).toEqual([50 + 6 + 1 - 33, 20 + 6 + 1 - 33, 7]);
    const small = startBounds({ shape: [10, 10, 10], loaderPatchSize: [33, 33, 33], patchSize: [20, 20, 20] });
    expect([small.lower, small.upper]).toEqual([
      [-12, -12, -12],
      [-11, -11, -11],
    ]);
  });

  const position = { shape: [30, 30, 30], loaderPatchSize: [10, 10, 10], patchSize: [8, 8, 8] };

  it('centres a forced box on a voxel, without an upper bound', () => {
    const locations = new Map([
      [0, Int32Array.of(1, 1, 1)],
      [2, Int32Array.of(29, 0, 12)],
      [3, new Int32Array(0)],
    ]);
    expect(forcedStart(position, locations, draws(0, 0))).toEqual([24, -1, 7]);
  });

  it('samples a case without foreground freely', () => {
    expect(forcedStart(position, new Map([[1, new Int32Array(0)]]), draws(3, 4, 5))).toEqual([3, 4, 5]);
  });

  it('draws classes by their weights, and samples a case without any of them freely', () => {
    const locations = new Map([1, 2, 3].map((c) => [c, Int32Array.of(10 * c, 9, 9)]));
    // Weights 1, 0 and 3: the first quarter of all shares is class 1, the rest class 3.
    const slices = [0, 0.24, 0.26, 0.999].map(
      (share) => forcedStart(position, locations, draws(share, 0), { classWeights: { 2: 0, 3: 3 } })[0],
    );
    expect(slices).toEqual([5, 5, 25, 25]);
    expect(forcedStart(position, locations, draws(3, 4, 5), { classWeights: { 1: 0, 2: 0, 3: 0 } })).toEqual([3, 4, 5]);
  });

  it('draws the slice of a 2D patch first', () => {
    const flat = { shape: [5, 30, 30], loaderPatchSize: [10, 10], patchSize: [8, 8] };
    expect(freeStart(flat, draws(4, 2, 3))).toEqual([4, 2, 3]);
    const locations = new Map([[1, Int32Array.of(3, 9, 9, 0, 6, 6, 3, 20, 10)]]);
    expect(forcedStart(flat, locations, draws(0, 1, 1))).toEqual([3, 15, 5]);
    // Of the voxels alone: the second is in slice 0.
    expect(forcedStart(flat, locations, draws(0, 1), { slices: 'voxels' })).toEqual([0, 1, 1]);
  });

  it('centres patches on annotated voxels where others are ignored', () => {
    const annotated = '-1,0,1,2';
    const only = new Map([[annotated, Int32Array.of(20, 9, 12)]]);
    const regions = new Map<number | string, Int32Array>([...only, ['1,2', Int32Array.of(10, 9, 12)], [2, Int32Array.of(29, 9, 12)]]); // biome-ignore format: a row
    // The region is one of two classes.
    expect(unforcedStart(position, regions, draws(0), { annotated })[0]).toBe(15);
    const classes = [0, 1].map((index) => forcedStart(position, regions, draws(index, 0), { annotated })[0]);
    expect(classes).toEqual([24, 5]);
    expect(forcedStart(position, only, draws(0), { annotated })[0]).toBe(15);
    expect(unforcedStart(position, new Map(), draws(3, 4, 5), { annotated })).toEqual([3, 4, 5]);
    expect(unforcedStart(position, only, draws(3, 4, 5))).toEqual([3, 4, 5]);
  });
});
