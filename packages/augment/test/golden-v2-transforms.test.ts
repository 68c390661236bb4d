import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { maskChannel } from '../src/augment-sample.ts';
import { multiplyBrightness } from '../src/brightness.ts';
import { changeContrast } from '../src/contrast.ts';
import { downsampleLabels, scaledShape } from '../src/deep-supervision.ts';
import { applyGamma } from '../src/gamma.ts';
import { simulateLowResolution } from '../src/low-resolution.ts';
import { mirrorAxes } from '../src/mirror.ts';
import { blurShortly } from '../src/v2/short-blur.ts';
import { transformLinearly } from '../src/v2/spatial-linear.ts';
import { type FloatTensor, greatestDifference, readArrays, readJson, sharedGolden } from './reference-values.ts';
import { threeAxes, wholePatch } from './transformed.ts';

interface GoldenCase {
  name: string;
  input: string | string[];
  patch_size: number[];
  angles: number[] | null;
  scale: number | null;
  affine: number[][] | null;
  apply_to_channel: boolean[];
  sigmas_per_applied_channel_and_axis: number[][];
  multiplier: number;
  multipliers?: number[];
  factor: number;
  ignore_axes?: number[];
  gamma: number;
  invert_image: boolean;
  retain_stats: boolean;
  axes: number[];
  apply_to_channels: number[];
  ds_scales: number[][];
  outputs: string[];
}

const folder = `${sharedGolden}v2/augment`;

function spatial(c: GoldenCase, image: FloatTensor, labels: FloatTensor) {
  const flat = c.patch_size.length === 2;
  const inPlane = flat || c.name === 'dummy2d';
  const shape = threeAxes(c.patch_size);
  const channels = image.shape[0]!;
  const size = shape.reduce((a, b) => a * b, 1);
  const target = { shape, channels, data: new Float32Array(channels * size), seg: new Float32Array(size).fill(77) };
  // v2's matrices act on columns, those of this package on rows: the same turn by the opposite angle.
  const angles = c.affine === null ? null : (c.angles ?? [0, 0, 0]).map((angle) => -angle);
  const transform = {
    angles: inPlane && angles ? angles.slice(-1) : angles,
    scale: c.affine === null ? null : c.scale,
  };
  transformLinearly(wholePatch(image, labels), target, transform, { inPlane });
  return target;
}

function colour(c: GoldenCase, channel: Float32Array, shape: readonly number[], k: number): void {
  const kind = /^[a-z]+/.exec(c.name)![0];
  const scale = c.scale!;
  if (kind === 'blur') {
    const applied = c.apply_to_channel.flatMap((yes, channel) => (yes ? [channel] : [])).indexOf(k);
    if (applied >= 0) blurShortly(channel, shape, c.sigmas_per_applied_channel_and_axis[applied]!);
  } else if (kind === 'brightness') multiplyBrightness(channel, c.multipliers?.[k] ?? c.multiplier);
  else if (kind === 'contrast') changeContrast(channel, c.factor);
  else if (kind === 'lowres') simulateLowResolution(channel, shape, { zoom: scale, keptAxes: c.ignore_axes, order: 1 });
  else if (kind === 'gamma')
    applyGamma(channel, { gamma: c.gamma, inverted: c.invert_image, retainStats: c.retain_stats });
  else if (kind === 'mirror') mirrorAxes(channel, shape, c.axes);
  else throw new Error(`no transform for ${c.name}`);
}

const tolerances = { blur: 1e-5, brightness: 3e-6, contrast: 3e-6, lowres: 3e-5, gamma: 2e-5, mirror: 0 };

describe.skipIf(sharedGolden === undefined || !existsSync(folder))(
  'transforms of nnU-Net 2.8.1 (needs ../shared/golden)',
  () => {
    const cases = existsSync(folder) ? readJson<GoldenCase[]>(`${folder}/cases.json`) : [];
    const named = (pattern: RegExp) => cases.filter(({ name }) => pattern.test(name));

    it.each(named(/^(spatial|dummy2d)/))('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const [image, labels] = [array(c.input[0]!), array(c.input[1]!)];
      const voxels = labels.data.length / labels.shape[0]!;
      for (let k = 0; k < labels.shape[0]!; k++) {
        const own = { data: labels.data.subarray(k * voxels, (k + 1) * voxels), shape: [1, ...labels.shape.slice(1)] };
        const { data, seg } = spatial(c, image, own);
        expect(greatestDifference(data, array(`${c.name}_data`).data)).toBeLessThanOrEqual(8e-5);
        const expected = array(`${c.name}_seg`).data.subarray(k * seg.length, (k + 1) * seg.length);
        const near = c.affine === null ? seg.map(() => 0) : array(`${c.name}_near_tie`).data.subarray(k * seg.length);
        expect(seg.filter((label, i) => label !== expected[i] && near[i] === 0)).toHaveLength(0);
      }
    });

    it.each(named(/^(blur|brightness|contrast|lowres|gamma|mirror)/))('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const image = array([c.input].flat()[0]!);
      const shape = image.shape.slice(1);
      const size = shape.reduce((a, b) => a * b, 1);
      for (let k = 0; k < image.shape[0]!; k++) colour(c, image.data.subarray(k * size, (k + 1) * size), shape, k);
      const tolerance = tolerances[/^[a-z]+/.exec(c.name)![0] as keyof typeof tolerances];
      expect(greatestDifference(image.data, array(c.name).data)).toBeLessThanOrEqual(tolerance);
    });

    it.each(named(/^mask/))('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const [image, labels] = [array(c.input[0]!), array(c.input[1]!).data];
      for (const k of c.apply_to_channels) maskChannel(image.data.subarray(k * labels.length, (k + 1) * labels.length), labels); // biome-ignore format: a row
      expect(greatestDifference(image.data, array(c.name).data)).toBe(0);
    });

    it.each(named(/^ds/))('$name', async (c) => {
      const array = await readArrays(`${folder}/arrays.npz`);
      const labels = array(c.input as string);
      const [channels, ...shape] = labels.shape as [number, ...number[]];
      for (const [i, scale] of c.ds_scales.entries()) {
        const smaller = scaledShape(shape, scale);
        const out = new Uint8Array(channels * smaller.reduce((a, b) => a * b, 1));
        downsampleLabels(Uint8Array.from(labels.data), shape, smaller, out);
        expect(greatestDifference(out, array(c.outputs[i]!).data)).toBe(0);
      }
    });
  },
);
