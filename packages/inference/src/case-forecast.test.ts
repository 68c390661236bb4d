import { describeNetwork } from '@nnunet/network';
import type { Plans } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import type { ImageGeometry } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { type CaseForecast, forecastCase, memoryOfCase, secondsBeside } from './case-forecast.ts';
import type { PredictionMode } from './case-prediction.ts';
import type { ModelDescription } from './model-description.ts';
import type { ModelRules } from './model-rules.ts';
import { describePlanned } from './node/noise-task.fixture.ts';
import { RulesV1 } from './rules-v1.ts';
import type { ModelDescriptionV2 } from './v2/model-description-v2.ts';
import { RulesV2 } from './v2/rules-v2.ts';

const plans: Plans = tinyPlans([24, 32, 24]);
const rulesWith = (changed: Partial<ModelDescription> = {}) => new RulesV1({ ...describePlanned(plans), ...changed });
const rules = rulesWith();

function forecast(mm: number): CaseForecast {
  const direction = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  return forecastCase(rules, { shape: [200, 360, 360], spacing: [mm, mm, mm], origin: [0, 0, 0], direction });
}

const preparing = (mm: number) => memoryOfCase(rules, forecast(mm), { sumBytes: 0 }).preparing;

it('foresees the grid of the network', () => {
  expect(forecast(0.5).networkShape).toEqual([100, 180, 180]);
});

const image: ImageGeometry = {
  shape: [20, 36, 40],
  spacing: [3, 2, 1],
  origin: [7, 8, 9],
  direction: [0, 1, 0, 1, 0, 0, 0, 0, 1],
};
const turned = { ...plans, transpose_forward: [2, 0, 1], transpose_backward: [1, 2, 0] };

it('turns sizes and spacings as the plans do, and says what a prepared case would', () => {
  const found = forecastCase(rulesWith({ plans: turned }), image);
  expect([found.imageShape, found.networkShape]).toEqual([[20, 36, 40], [40, 60, 72]]); // biome-ignore format: a row
  expect(found.geometry).toEqual({
    properties: {
      original_size_of_raw_data: [20, 36, 40],
      original_spacing: [3, 2, 1],
      list_of_data_files: [],
      seg_file: null,
      itk_origin: [7, 8, 9],
      itk_spacing: [1, 2, 3],
      itk_direction: image.direction,
      crop_bbox: [[0, 20], [0, 36], [0, 40]], // biome-ignore format: a row
      classes: [0],
      size_after_cropping: [20, 36, 40],
      size_after_resampling: [40, 60, 72],
      spacing_after_resampling: [1, 1, 1],
    },
    original: null,
  });
});

it('keeps the slices of a 2D configuration', () => {
  const flat: Plans = tinyPlans([32, 24], { spacing: [5, 1, 1] });
  const found = forecastCase(rulesWith({ plans: flat, network: describeNetwork(flat, 0) }), image);
  expect(found.networkShape).toEqual([20, 72, 40]);
  expect(found.geometry.properties.spacing_after_resampling).toEqual([3, 1, 1]);
});

/** A model of v2 with so many outputs; its images are turned to RAS. */
const v2 = (reorients: boolean): ModelRules =>
  new RulesV2({
    channels: 1,
    network: { classes: 4, inputChannels: 1 },
    reorients,
    preprocessing: { transposeForward: [1, 0, 2], transposeBackward: [1, 0, 2], spacing: [2, 3, 1] },
  } as unknown as ModelDescriptionV2);

it('turns an image to RAS first where v2 did', () => {
  // The file's fastest axis runs along y of the world, the second one along x.
  const [plain, reoriented] = [forecastCase(v2(false), image), forecastCase(v2(true), image)];
  expect([plain.imageShape, plain.networkShape]).toEqual([[20, 36, 40], [36, 20, 40]]); // biome-ignore format: a row
  expect([reoriented.imageShape, reoriented.networkShape]).toEqual([[20, 40, 36], [20, 20, 72]]); // biome-ignore format: a row
  expect(reoriented.geometry.properties.original_spacing).toEqual([3, 1, 2]);
  expect(reoriented.geometry.original).toMatchObject({ geometry: image, orientation: { order: [0, 2, 1] } });
});

it('counts for a case that keeps its grid what is read, the image and its mask', () => {
  expect(preparing(1) - 64 * 2 ** 20).toBe(200 * 360 * 360 * (4 + 9 + 8));
});

it('counts splines by their planes, of which no more than a few dozen are held', () => {
  const voxels = 200 * 360 * 360;
  const splines = preparing(0.5) - 64 * 2 ** 20 - voxels * (4 + 9 + 8 / 8) - 4 * voxels;
  expect(splines).toBeGreaterThan(45 * 8 * 360 * 360);
  expect(splines).toBeLessThan(60 * 8 * 360 * 360);
});

const OTHER = 64 * 2 ** 20;
const small = { ...image, spacing: [1, 1, 1] as const };
const V = 20 * 36 * 40;

it('counts what is turned, and the channels of the stage before', () => {
  const memory = (description: Partial<ModelDescription>) => {
    const changed = rulesWith(description);
    const options = { sumBytes: 1000, saveProbabilities: true };
    return memoryOfCase(changed, forecastCase(changed, small), options);
  };
  // Of one modality: the image (4), mask and file (9), then the image with its mask (8). 3 classes: 12 and 36 at the end.
  expect(memory({})).toEqual({ preparing: V * (4 + 9 + 8) + OTHER, predicting: V * (8 + 12 + 36) + 1000 + OTHER });
  expect(memory({ plans: turned }).preparing).toBe(V * (4 + 9 + 4 + 8) + OTHER);
  // Two labels of the stage before beside one modality: 3 channels, once more while they are added, and the labels.
  const network = { ...rules.description.network, inputChannels: 3 };
  const cascade = memory({ network });
  expect(cascade.preparing).toBe(V * (4 + 9 + 12 + 16) + OTHER);
  expect(cascade.predicting).toBe(V * (12 + 12 + 36) + 1000 + OTHER);
});

it('counts a model of v2 by its channels, normalised in copies and resampled apart', () => {
  const given = v2(false);
  const same = { ...small, spacing: [3, 2, 1] as const };
  const memory = memoryOfCase(given, forecastCase(given, same), { sumBytes: 0, saveProbabilities: true });
  // Axes are turned, and so the grid is kept: 20 x 36 x 40 become 36 x 20 x 40.
  expect(memory.preparing).toBe(V * (4 + 9 + 4 + 4 + 4) + OTHER);
  expect(memory.predicting).toBe(V * (4 + 16 + 48) + OTHER);
});

it('needs less where labels are decided at once, and less still in the fast modes', () => {
  const predicting = (mode?: PredictionMode) => memoryOfCase(rules, forecast(0.5), { sumBytes: 0, mode }).predicting;
  const [voxels, seen] = [200 * 360 * 360, 100 * 180 * 180];
  for (const mode of ['fast', 'fastest'] as const)
    expect(predicting(mode)).toBe(8 * seen + 9 * seen + 5 * voxels + OTHER);
  const all = memoryOfCase(rules, forecast(0.5), { sumBytes: 0, saveProbabilities: true }).predicting;
  expect(all).toBe(8 * seen + 12 * seen + 36 * voxels + OTHER);
  expect(predicting('normal')).toBeLessThan(all);
  expect(predicting()).toBe(predicting('normal'));
});

it('counts what a case takes beside the network, by its voxels, channels and classes', () => {
  const seconds = (imageShape: number[], networkShape: number[], channels: number, classes: number) =>
    secondsBeside({ imageShape, networkShape }, channels, classes);
  const million = [100, 100, 100];
  // 0.03 s a case; for a million voxels 0.015 s to read an array of channels or labels, 0.01 s to decide for a class.
  expect(seconds(million, million, 1, 3)).toBeCloseTo(0.03 + 2 * 0.015 + 4 * 0.01, 12);
  expect(seconds([200, 100, 100], [200, 100, 100], 4, 30)).toBeCloseTo(0.03 + 2 * (5 * 0.015 + 31 * 0.01), 12);
  // 0.02 s to resample a million voxels of what the network sees.
  expect(seconds(million, [50, 100, 100], 2, 3)).toBeCloseTo(0.03 + 3 * 0.015 + 4 * 0.01 + 0.5 * 3 * 0.02, 12);
});
