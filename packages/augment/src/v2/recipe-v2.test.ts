import { existsSync } from 'node:fs';
import { counterRandom } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { readJson, sharedGolden } from '../../test/reference-values.ts';
import type { AugmentationRecipe } from '../recipe.ts';
import { drawSpatial } from '../spatial-draws.ts';
import { recipeV2 } from './recipe-v2.ts';

const labels = { all: [0, 1, 2], foreground: [1, 2], ignore: null, regions: null };
const degrees = ({ spatial }: AugmentationRecipe) =>
  spatial!.rotation.map(([low, high]) => {
    expect(low).toBe(-high);
    return Math.round((high * 180) / Math.PI);
  });

it('rotates less in elongated slices, and by any angle within the slices of thick ones', () => {
  const of = (...patchSize: number[]) => {
    const recipe = recipeV2({ patchSize, batchSize: 2, labels });
    return [degrees(recipe), recipe.dummy2D];
  };
  expect(of(60, 40)).toEqual([[180], false]);
  expect(of(61, 40)).toEqual([[15], false]);
  expect(of(14, 40, 42)).toEqual([[30, 30, 30], false]);
  expect(of(14, 40, 43)).toEqual([[180], true]);
  // The first axis decides, not the shortest one.
  expect(of(40, 10, 40)).toEqual([[30, 30, 30], false]);
});

it('draws scales evenly', () => {
  const recipe = recipeV2({ patchSize: [8, 8, 8], batchSize: 2, labels });
  const scales = Array.from({ length: 4000 }, (_, i) => drawSpatial({ ...recipe.spatial!, scaleProbability: 1 }, recipe, (purpose) => counterRandom(i, purpose)).scale as number); // biome-ignore format: a row
  // Of 0.7 to 1.4, three sevenths are below 1.
  const below = (limit: number) => scales.filter((scale) => scale < limit).length / scales.length;
  expect(Math.abs(below(1) - 3 / 7)).toBeLessThan(0.03);
  expect(Math.abs(below(0.85) - 1.5 / 7)).toBeLessThan(0.03);
});

it('makes a target of labels, or of regions with what is ignored behind them', () => {
  const recipe = (more: Partial<typeof labels> | object) => recipeV2({ patchSize: [16, 16, 16], batchSize: 2, labels: { ...labels, ...more } }); // biome-ignore format: a row
  expect(recipe({})).toMatchObject({ regions: null, annotated: null, slices: 'voxels' });
  expect(recipe({ ignore: 3 })).toMatchObject({ regions: null, annotated: '-1,0,1,2' });
  const regions = [{ name: 'whole', values: [1, 2] }, { name: 'core', values: [2] }]; // biome-ignore format: a row
  expect(recipe({ regions }).regions).toEqual([[1, 2], [2]]);
  expect(recipe({ regions, ignore: 3 })).toMatchObject({ regions: [[1, 2], [2], [3]], annotated: '-1,0,1,2' });
});

it('has a target per output of the network, and gives a cascade the labels of the stage before', () => {
  const options = { patchSize: [16, 32, 32], batchSize: 4, labels };
  const poolKernels = [[1, 2, 2], [2, 2, 2], [2, 2, 2]]; // biome-ignore format: a row
  const recipe = recipeV2({ ...options, poolKernels, cascade: true, maskedChannels: [1] });
  expect(recipe.deepSupervisionScales).toEqual([[1, 1, 1], [1, 0.5, 0.5], [0.5, 0.25, 0.25]]); // biome-ignore format: a row
  expect(recipe).toMatchObject({ batchSize: 4, oversampleForeground: 0.33, maskedChannels: [1], cascade: { classes: [1, 2] } }); // biome-ignore format: a row
  expect(recipeV2(options)).toMatchObject({ cascade: null, maskedChannels: [], deepSupervisionScales: [[1, 1, 1]] });
});

interface Table {
  training_pipelines: Record<string, { arguments: Record<string, unknown>; transforms: TableStep[] }>;
  patch_sizes: { patch_size: number[]; rotation: [number, number]; do_dummy_2d: boolean; initial_patch_size: number[]; mirror_axes: number[] }[]; // biome-ignore format: a row
}
interface TableStep {
  class: string;
  apply_probability?: number;
  transform?: TableStep;
  [key: string]: unknown;
}

const file = `${sharedGolden}v2/augment/tables.json`;
const present = sharedGolden !== undefined && existsSync(file);

describe.skipIf(!present)('the augmentation of nnU-Net 2.8.1 (needs ../shared/golden)', () => {
  const table = present ? readJson<Table>(file) : { training_pipelines: {}, patch_sizes: [] };

  it.each(table.patch_sizes)('cuts patches for $patch_size', (row) => {
    const recipe = recipeV2({ patchSize: row.patch_size, batchSize: 2, labels });
    expect(recipe.loaderPatchSize).toEqual(row.initial_patch_size);
    expect(recipe.dummy2D).toBe(row.do_dummy_2d);
    expect(recipe.mirror!.axes).toEqual(row.mirror_axes);
    for (const range of recipe.spatial!.rotation) expect(range).toEqual(row.rotation);
  });

  it.each(Object.entries(table.training_pipelines))('has the settings of %s', (_, { arguments: given, transforms }) => {
    const cascade = given.is_cascaded === true;
    const recipe = recipeV2({ patchSize: given.patch_size as number[], batchSize: 2, labels, cascade });
    const find = (name: string, at = 0) => {
      const outer = transforms.filter((t) => (t.transform ?? t).class === name)[at]!;
      return { ...outer, ...outer.transform, probability: outer.apply_probability } as unknown as Record<
        string,
        unknown
      >;
    };
    const around = (range: readonly number[]) => `BGContrast(${range.join(', ')})`;
    const spatial = find('SpatialTransform');
    expect(spatial).toMatchObject({
      p_rotation: recipe.spatial!.rotationProbability,
      p_scaling: recipe.spatial!.scaleProbability,
      scaling: recipe.spatial!.scale,
      mode_image: 'bilinear',
      p_elastic_deform: 0,
    });
    expect(find('GaussianNoiseTransform')).toMatchObject({ probability: recipe.noise!.probability, noise_variance: recipe.noise!.sd }); // biome-ignore format: a row
    const { shortBlur, brightness, contrast, lowResolution, gamma, gammaInverted, balls, removal } = { ...recipe, ...recipe.cascade } as NonNullable<AugmentationRecipe['cascade']> & AugmentationRecipe; // biome-ignore format: a row
    const part = (p: { probability: number; channelProbability?: number }) => ({ probability: p.probability, p_per_channel: p.channelProbability ?? 1 }); // biome-ignore format: a row
    expect(find('GaussianBlurTransform')).toMatchObject({ ...part(shortBlur!), blur_sigma: shortBlur!.sigma, synchronize_axes: false }); // biome-ignore format: a row
    expect(find('MultiplicativeBrightnessTransform')).toMatchObject({ ...part(brightness!), multiplier_range: around(brightness!.factor) }); // biome-ignore format: a row
    expect(find('ContrastTransform')).toMatchObject({ ...part(contrast!), contrast_range: around(contrast!.factor), preserve_range: true }); // biome-ignore format: a row
    expect(find('SimulateLowResolutionTransform')).toMatchObject({ ...part(lowResolution!), scale: lowResolution!.zoom, synchronize_axes: true }); // biome-ignore format: a row
    for (const [at, curve] of [gammaInverted!, gamma!].entries())
      expect(find('GammaTransform', at)).toMatchObject({ ...part(curve), gamma: around(curve.gamma), p_invert_image: 1 - at, p_retain_stats: 1 }); // biome-ignore format: a row
    if (!cascade) return;
    expect(find('ApplyRandomBinaryOperatorTransform')).toMatchObject({ probability: balls!.probability, strel_size: balls!.radius, p_per_label: balls!.labelProbability }); // biome-ignore format: a row
    expect(find('RemoveRandomConnectedComponentFromOneHotEncodingTransform')).toMatchObject({ probability: removal!.probability, p_per_label: removal!.labelProbability, fill_with_other_class_p: removal!.refillProbability, dont_do_if_covers_more_than_x_percent: removal!.greatestShare }); // biome-ignore format: a row
  });
});
