import { describe, expect, it } from 'vitest';
import { maskChannel } from '../src/augment-sample.ts';
import { blurGaussian } from '../src/blur.ts';
import { addBrightness, multiplyBrightness } from '../src/brightness.ts';
import { changeContrast } from '../src/contrast.ts';
import { applyGamma } from '../src/gamma.ts';
import { simulateLowResolution } from '../src/low-resolution.ts';
import { mirrorAxes } from '../src/mirror.ts';
import { enlargedPatchSize } from '../src/patch-size.ts';
import { type FloatTensor, greatestDifference, readArrays, readJson, referenceFolders } from './reference-values.ts';
import { threeAxes, transformed, wholePatch } from './transformed.ts';

interface GoldenCase {
  name: string;
  input: string | string[];
  patch_size: number[];
  angle_x?: number;
  angle_y?: number;
  angle_z?: number;
  scale?: number | null;
  border_mode_data?: string;
  note?: string;
  sigma: number;
  multiplier: number;
  addend: number;
  factor: number;
  zoom: number;
  ignore_axes?: number[];
  gamma: number;
  invert_image: boolean;
  retain_stats: boolean;
  axes: number[];
  use_mask: Record<string, boolean>;
  cases: {
    final_patch_size: number[];
    rot_x_deg: number;
    rot_y_deg: number;
    rot_z_deg: number;
    scale_range: number[];
    size: number[];
  }[];
}

function spatial(c: GoldenCase, image: FloatTensor, labels: FloatTensor) {
  const inPlane = c.patch_size.length === 2 || c.name === 'dummy2d';
  const angles = c.note ? null : inPlane ? [c.angle_x!] : [c.angle_x!, c.angle_y!, c.angle_z!];
  const border = c.border_mode_data === 'nearest' ? 'nearest' : 'constant';
  const transform = { angles, scale: c.scale ?? null };
  return transformed(wholePatch(image, labels), threeAxes(c.patch_size), transform, { inPlane, border });
}

function colour(c: GoldenCase, channel: Float32Array, shape: readonly number[]): void {
  const kind = /^[a-z_]+?(?=\d|_3d|_2d|_ignore)/.exec(c.name)![0];
  if (kind === 'blur') blurGaussian(channel, shape, c.sigma);
  else if (kind === 'brightness') multiplyBrightness(channel, c.multiplier);
  else if (kind === 'brightness_additive') addBrightness(channel, c.addend);
  else if (kind === 'contrast') changeContrast(channel, c.factor);
  else if (kind === 'lowres') simulateLowResolution(channel, shape, { zoom: c.zoom, keptAxes: c.ignore_axes });
  else if (kind === 'gamma')
    applyGamma(channel, { gamma: c.gamma, inverted: c.invert_image, retainStats: c.retain_stats });
  else if (kind === 'mirror') mirrorAxes(channel, shape, c.axes);
  else throw new Error(`no transform for ${c.name}`);
}

const tolerance = (name: string) => (name.startsWith('gamma') ? 2e-5 : name.startsWith('mirror') ? 0 : 5e-6);

for (const folder of referenceFolders('augment', 'augment')) {
  const cases = readJson<GoldenCase[]>(`${folder}/cases.json`);
  describe.each(folder.includes('fixtures') ? ['fixtures'] : ['../shared/golden'])('%s', () => {
    const spatialCases = cases.filter((c) => c.name.startsWith('spatial') || c.name === 'dummy2d');
    it.each(spatialCases)('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const result = spatial(c, array(c.input[0]!), array(c.input[1]!));
      const difference = greatestDifference(result.data, array(`${c.name}_data`).data);
      if (process.env.SHOW_DIFFERENCES) console.log(c.name, difference);
      expect(difference).toBeLessThanOrEqual(2e-6);
      expect(greatestDifference(result.seg, array(`${c.name}_seg`).data)).toBe(0);
    });

    const colourCases = cases.filter((c) => /^(blur|brightness|contrast|lowres|gamma|mirror)/.test(c.name));
    it.each(colourCases)('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const image = array(c.input as string);
      const shape = image.shape.slice(1);
      const size = shape.reduce((a, b) => a * b, 1);
      for (let k = 0; k < image.shape[0]!; k++) colour(c, image.data.subarray(k * size, (k + 1) * size), shape);
      const difference = greatestDifference(image.data, array(c.name).data);
      if (process.env.SHOW_DIFFERENCES) console.log(c.name, difference);
      expect(difference).toBeLessThanOrEqual(tolerance(c.name));
    });

    it.each(cases.filter((c) => c.name === 'mask_3d'))('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const image = array(c.input[0]!);
      const labels = array(c.input[1]!).data;
      for (const [k, used] of Object.entries(c.use_mask)) {
        if (used) maskChannel(image.data.subarray(Number(k) * labels.length, (Number(k) + 1) * labels.length), labels);
      }
      expect(greatestDifference(image.data, array(c.name).data)).toBe(0);
    });

    it('cuts loader patches of the same size', () => {
      for (const p of cases.find((c) => c.name === 'generator_patch_size')!.cases) {
        const rotation = [p.rot_x_deg, p.rot_y_deg, p.rot_z_deg].map((a) => (a * Math.PI) / 180);
        const size = enlargedPatchSize({ patchSize: p.final_patch_size, rotation, smallestScale: p.scale_range[0]! });
        expect(size).toEqual(p.size);
      }
    });
  });
}
