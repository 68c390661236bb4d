import { expect, it } from 'vitest';
import { augmentSample, drawSample, noDraws, type SampleDraws } from './augment-sample.ts';
import { plain } from './noise-case.fixture.ts';
import type { AugmentationRecipe } from './recipe.ts';
import { sampleTransform } from './transform-entry.ts';
import { shippedTransforms, usualOrder } from './transform-registry.ts';

const patchSize = [2, 4, 8];
const key = { seed: 1, epoch: 2, iteration: 3, sample: 0, validation: false };
const certain = { probability: 1, channelProbability: 1 };

/** One channel, its labels and the labels of the stage before. */
function sampleOf(values: number[], shape: readonly number[]) {
  const labels = values.map((_, i) => i % 3);
  return {
    shape: shape.length === 2 ? [1, ...shape] : shape,
    spacing: [1, 1, 1],
    channels: 1,
    data: Float32Array.from(values),
    seg: Float32Array.from(labels),
    previous: Float32Array.from(labels, (label) => 10 + label),
  };
}

/** The sample after these steps were drawn, or after what the recipe draws. */
function augmented(values: number[], steps: SampleDraws['steps'] | null, changes: Partial<AugmentationRecipe> = {}) {
  const recipe = { ...plain, patchSize, ...changes };
  const sample = sampleOf(values, recipe.patchSize);
  augmentSample(sample, steps === null ? drawSample(recipe, key, 1) : { ...noDraws, steps }, recipe);
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
  const { data, seg, previous } = augmented(voxels, draws as unknown as SampleDraws['steps'], cube);
  expect([...data]).not.toEqual(voxels);
  expect([...data].sort((a, b) => a - b)).toEqual(voxels);
  expect([...seg]).toEqual([...data].map((i) => i % 3));
  expect([...previous]).toEqual([...data].map((i) => 10 + (i % 3)));
});

it('counts the axes of slices from the first of the slice', () => {
  const ways = (changes: Partial<AugmentationRecipe>) => {
    const recipe = { ...plain, patchSize: [2, 2], ...changes };
    const results = Array.from({ length: 60 }, (_, iteration) => {
      const sample = sampleOf([1, 2, 3, 4], recipe.patchSize);
      augmentSample(sample, drawSample(recipe, { ...key, iteration }, 1), recipe);
      return sample.data.join('');
    });
    return [...new Set(results)].sort();
  };
  expect(ways({ mirror: { axes: [0] } })).toEqual(['1234', '3412']);
  expect(ways({ mirror: { axes: [1] } })).toEqual(['1234', '2143']);
  expect(ways({ quarterTurns: { ...certain, axes: [0, 1] } })).toEqual(['1234', '2413', '3142', '4321']);
  expect(ways({ transposition: { ...certain, axes: [0, 1] } })).toEqual(['1234', '1324']);
});

it('bends intensities upwards or downwards, inverted or not, and retains mean and deviation or not', () => {
  const bent = (changes: Partial<AugmentationRecipe>) => [
    ...augmented([0, 0.5, 1], null, { ...three, ...changes }).data,
  ];
  // Always 2, but for rounding: nothing below 1 is drawn.
  const part = { probability: 1, gamma: [2, 2] as const, retainStats: false };
  // 0.5 squared; and 1 - (1 - 0.5) squared
  expect(bent({ gamma: part })[1]).toBeCloseTo(0.25, 5);
  expect(bent({ gamma: { ...part, inverted: true } })[1]).toBeCloseTo(0.75, 5);
  expect(bent({ gammaInverted: part })[1]).toBeCloseTo(0.75, 5);
  const moments = (x: number[]) => {
    const mean = x.reduce((a, b) => a + b) / x.length;
    return [mean, Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length)];
  };
  for (const name of ['gamma', 'gammaInverted'] as const) {
    const kept = bent({ [name]: { ...part, retainStats: true } });
    expect(Math.abs(kept[1]! - 0.5)).toBeGreaterThan(0.05);
    moments(kept).forEach((moment, i) => {
      expect(moment).toBeCloseTo(moments([0, 0.5, 1])[i]!, 5);
    });
  }
});

it('applies the steps in the order of the recipe', () => {
  const draws = { brightness: [3], additiveBrightness: [1] };
  expect(augmented([2, 2, 2], draws, three).data[0]).toBe(7);
  expect(augmented([2, 2, 2], draws, { ...three, order: ['additiveBrightness', 'brightness'] }).data[0]).toBe(9);
  expect(augmented([2, 2, 2], draws, { ...three, order: ['brightness'] }).data[0]).toBe(6);
});

it('clips contrast to the old range unless the recipe says otherwise', () => {
  const contrast = (preserveRange?: boolean) => [
    ...augmented([0, 1, 2], null, { ...three, contrast: { probability: 1, factor: [2, 2], preserveRange } }).data,
  ];
  expect(contrast()).toEqual([0, 1, 2]);
  expect(contrast(true)).toEqual([0, 1, 2]);
  expect(contrast(false)).toEqual([-1, 1, 3]);
});

it('loses no resolution across slices with dummy 2D', () => {
  // Four slices, each of one value.
  const layers = voxels.map((i) => Math.floor(i / 16));
  const lowResolution = { ...certain, zoom: [0.5, 0.5] as const };
  const coarse = (dummy2D: boolean) => {
    const { data } = augmented(layers, null, { lowResolution, patchSize: [4, 4, 4], dummy2D });
    return Math.max(...data.map((v, i) => Math.abs(v - layers[i]!)));
  };
  expect(coarse(true)).toBeLessThan(1e-5);
  expect(coarse(false)).toBeGreaterThan(0.1);
});

it('takes transforms from the registry that it is given, the shipped ones first', () => {
  const shift = sampleTransform(
    'shift',
    (random, { by }: { probability: number; by: number }, { shape }) => by * shape[2]! + random.integer(1),
    ({ data }, shifted) => data.set(data.map((value) => value + shifted)),
  );
  const transforms = shippedTransforms.with(shift);
  const recipe = { ...plain, ...three, brightness: { probability: 1, factor: [2, 2] as const } };
  const own = { ...recipe, shift: { probability: 1, by: 10 } };
  const sample = sampleOf([1, 2, 3], [1, 3]);
  augmentSample(sample, drawSample(own, key, 1, transforms), own, transforms);
  expect([...sample.data]).toEqual([32, 34, 36]);
  const [draws, before] = [drawSample(own, key, 1, transforms), drawSample(recipe, key, 1)];
  expect(draws).toEqual({ ...before, steps: { ...before.steps, shift: 30 } });
  const order = ['shift'];
  expect(() => augmentSample(sample, draws, { ...own, order })).toThrow(/no transform called shift/);
});

it.each([
  ...['case', 'position', 'balls', 'rotation', 'rotationAxes', 'scale', 'centre', 'elastic', 'elasticField'],
  ...['component', 'componentRemoval', 'scale per axis', 'gamma inverted', 'low', 'local gamma'],
])('takes no transform called %s, which would draw random numbers of something else', (name) => {
  const own = sampleTransform(
    name,
    () => 1,
    () => undefined,
  );
  expect(() => shippedTransforms.with(own)).toThrow(/would draw the random numbers of "/);
  const other = { ...own, name: `${name}2` };
  expect(shippedTransforms.with(other).get(other.name)).toBe(other);
});

it('finds each transform under its own name', () => {
  expect(shippedTransforms.names()).toEqual(usualOrder);
  expect(usualOrder.map((name) => shippedTransforms.get(name).name)).toEqual(usualOrder);
  const exported = {
    one: { name: 'one', draw: () => null, apply: () => undefined },
    two: { name: 'two' },
    three: null,
  };
  expect(shippedTransforms.withModule('mine.mjs', exported).names()).toEqual([...usualOrder, 'one']);
});
