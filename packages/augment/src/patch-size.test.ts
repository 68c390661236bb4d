import { expect, it } from 'vitest';
import { enlargedPatchSize } from './patch-size.ts';
import { recipeV1 } from './recipe-v1.ts';

it.each([
  [
    [128, 128, 128],
    [205, 205, 205],
  ],
  [
    [40, 56, 40],
    [73, 80, 64],
  ],
  [
    [64, 192, 160],
    [178, 289, 200],
  ],
  [
    [512, 512],
    [602, 602],
  ],
])('nnUNetTrainerV2 cuts %o by %o', (patchSize, loaderPatchSize) => {
  expect(recipeV1({ patchSize, batchSize: 2 }).loaderPatchSize).toEqual(loaderPatchSize);
});

it.each([
  [180, [376, 376]],
  [15, [441, 301]],
])('a slice of 320 x 256 rotated by up to %i degrees', (degrees, size) => {
  const rotation = [(degrees * Math.PI) / 180];
  expect(enlargedPatchSize({ patchSize: [320, 256], rotation, smallestScale: 0.85 })).toEqual(size);
});

it('a slice turns by the first angle alone', () => {
  const right = Math.PI / 2;
  // 15 degrees: 320 cos + 256 sin = 375.4 voxels, and 256 cos - 320 sin = 164.5, less than the slice has.
  const size = enlargedPatchSize({ patchSize: [320, 256], rotation: [Math.PI / 12, right, right], smallestScale: 1 });
  expect(size).toEqual([375, 256]);
});

it('dummy 2D leaves axis 0 alone', () => {
  const recipe = recipeV1({ patchSize: [20, 320, 256], batchSize: 2, dummy2D: true });
  expect(recipe.loaderPatchSize).toEqual([20, 376, 376]);
});

it('refuses patches of other dimensions', () => {
  expect(() => recipeV1({ patchSize: [20], batchSize: 2 })).toThrow(/no augmentation/);
  expect(() => recipeV1({ patchSize: [20, 20], batchSize: 2, dummy2D: true })).toThrow(/dummy 2D/);
});
