import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { augmentSample } from './augment-sample.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { recipeV2 } from './recipe-v2.ts';
import { noDraws, type SampleDraws } from './sample-draws.ts';

const patchSize = [2, 4, 8];
const usual = recipeV2({ patchSize, batchSize: 1 });

/** Data of one channel, labels and previous labels after what was drawn. */
function augmented(values: number[], draws: Partial<SampleDraws>, recipe: Partial<AugmentationRecipe> = {}) {
  const shape = recipe.patchSize ?? patchSize;
  const labels = values.map((_, i) => i % 3);
  const sample = {
    shape: shape.length === 2 ? [1, ...shape] : shape,
    channels: 1,
    data: Float32Array.from(values),
    seg: Float32Array.from(labels),
    previous: Float32Array.from(labels, (label) => 10 + label),
  };
  augmentSample(sample, { ...noDraws(1), ...draws }, { ...usual, ...recipe }, counterRandom('noise'));
  return sample;
}

const voxels = Array.from({ length: 64 }, (_, i) => i);
const three = { patchSize: [1, 3] };

it('changes nothing where nothing was drawn', () => {
  const { data, seg } = augmented(voxels, {});
  expect([...data]).toEqual(voxels);
  expect([...seg]).toEqual(voxels.map((i) => i % 3));
});

it.each([
  ['mirror', { mirror: [2] }],
  ['quarter turns', { quarterTurns: { axes: [1, 2], count: 2 } }],
  ['transposition', { transposition: [0, 2, 1] }],
] as const)('moves image, labels and the labels of the stage before alike: %s', (_, draws) => {
  const cube = { patchSize: [4, 4, 4] };
  const { data, seg, previous } = augmented(voxels, draws as unknown as Partial<SampleDraws>, cube);
  expect([...data]).not.toEqual(voxels);
  expect([...data].sort((a, b) => a - b)).toEqual(voxels);
  expect([...seg]).toEqual([...data].map((i) => i % 3));
  expect([...previous]).toEqual([...data].map((i) => 10 + (i % 3)));
});

it('counts the axes of slices from the first of the slice', () => {
  const { data } = augmented([1, 2, 3, 4, 5, 6], { mirror: [0] }, { patchSize: [2, 3] });
  expect([...data]).toEqual([4, 5, 6, 1, 2, 3]);
  const square = { patchSize: [2, 2] };
  expect([...augmented([1, 2, 3, 4], { quarterTurns: { axes: [0, 1], count: 2 } }, square).data]).toEqual([4, 3, 2, 1]);
  expect([...augmented([1, 2, 3, 4], { transposition: [1, 0] }, square).data]).toEqual([1, 3, 2, 4]);
});

it('bends intensities upwards or downwards, inverted or not, and retains mean and deviation or not', () => {
  const bent = (draws: Partial<SampleDraws>, gamma: Partial<AugmentationRecipe>) => [
    ...augmented([0, 0.5, 1], draws, { ...three, ...gamma }).data,
  ];
  const part = { probability: 1, gamma: [2, 2] as const, retainStats: false };
  // 0.5 squared; and 1 - (1 - 0.5) squared
  expect(bent({ gamma: [2] }, { gamma: part })[1]).toBeCloseTo(0.25, 5);
  expect(bent({ gamma: [2] }, { gamma: { ...part, inverted: true } })[1]).toBeCloseTo(0.75, 5);
  expect(bent({ gammaInverted: [2] }, { gammaInverted: part })[1]).toBeCloseTo(0.75, 5);
  const moments = (x: number[]) => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    return [mean, Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length)];
  };
  const kept = bent({ gamma: [2] }, { gamma: { ...part, retainStats: true } });
  expect(kept[1]).toBeLessThan(0.45);
  moments(kept).forEach((moment, i) => {
    expect(moment).toBeCloseTo(moments([0, 0.5, 1])[i]!, 5);
  });
});

it('applies the steps in the order of the recipe', () => {
  const draws = { brightness: [3], additiveBrightness: [1] };
  expect(augmented([2, 2, 2], draws, three).data[0]).toBe(7);
  expect(augmented([2, 2, 2], draws, { ...three, order: ['additiveBrightness', 'brightness'] }).data[0]).toBe(9);
  expect(augmented([2, 2, 2], draws, { ...three, order: ['brightness'] }).data[0]).toBe(6);
});

it('clips contrast to the old range where the range is preserved', () => {
  const contrast = (preserveRange: boolean) => [...augmented([0, 1, 2], { contrast: [2], preserveRange }, three).data];
  expect(contrast(true)).toEqual([0, 1, 2]);
  expect(contrast(false)).toEqual([-1, 1, 3]);
});

it('loses no resolution across slices with dummy 2D', () => {
  // four slices, each of one value
  const layers = voxels.map((i) => Math.floor(i / 16));
  const coarse = (dummy2D: boolean) => {
    const { data } = augmented(layers, { lowResolution: [0.5] }, { patchSize: [4, 4, 4], dummy2D });
    return Math.max(...data.map((v, i) => Math.abs(v - layers[i]!)));
  };
  expect(coarse(true)).toBeLessThan(1e-5);
  expect(coarse(false)).toBeGreaterThan(0.1);
});
