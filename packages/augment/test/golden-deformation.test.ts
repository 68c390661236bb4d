import { readFileSync } from 'node:fs';
import { readNpz } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { turnByQuarters } from '../src/axis-exchange.ts';
import { changeContrast } from '../src/contrast.ts';
import { elasticDisplacement } from '../src/displacement.ts';
import { addBrightnessGradient, applyLocalGamma } from '../src/local-gaussian.ts';
import { filterMedian } from '../src/median.ts';
import { blankRectangles } from '../src/rectangles.ts';
import { sharpen } from '../src/sharpening.ts';
import { greatestDifference, readArrays, readJson, referenceFolders } from './reference-values.ts';
import { threeAxes, transformed, wholePatch } from './transformed.ts';

interface SpatialCase {
  name: string;
  image: string;
  seg: string;
  patch_size: number[];
  deformation: { kind: string; alpha: number; sigma: number; sigmas: number[]; magnitudes: number[] };
  angles: number[] | null;
  scale: number | number[] | null;
}

interface ChannelCase {
  name: string;
  kind: string;
  image: string;
  width: number;
  strength: number;
  factor: number;
  gamma: number;
  location: number[];
  sigma: number[];
  boxes: [start: number[], size: number[]][];
}

interface Cases {
  spatial: SpatialCase[];
  channels: ChannelCase[];
  turns: { name: string; count: number; axes: [number, number] }[];
}

const folder = referenceFolders('deformation', 'no such folder')[0]!;
const cases = readJson<Cases>(`${folder}/cases.json`);
function apply(c: ChannelCase, channel: Float32Array, shape: readonly number[]): void {
  const three = threeAxes(shape);
  const gaussian = () => ({
    centre: threeAxes(c.location, 0).map((share, d) => share * three[d]!),
    sigma: threeAxes(c.sigma),
  });
  if (c.kind === 'median') filterMedian(channel, three, c.width);
  else if (c.kind === 'sharpening') sharpen(channel, three, { strength: c.strength, range: 'clipped' });
  else if (c.kind === 'contrast') changeContrast(channel, c.factor, false);
  else if (c.kind === 'gradient') addBrightnessGradient(channel, three, gaussian(), c.strength);
  else if (c.kind === 'localGamma') applyLocalGamma(channel, three, gaussian(), c.gamma);
  else {
    const boxes = c.boxes.map(([start, size]) => ({ start: threeAxes(start, 0), size: threeAxes(size) }));
    blankRectangles(channel, three, boxes);
  }
}

describe('as batchgenerators', () => {
  it.each(cases.spatial)('deforms: $name', async (c) => {
    const array = await readArrays(`${folder}/arrays.npz`);
    const noise = (await readNpz(readFileSync(`${folder}/arrays.npz`))).get(`${c.name}_noise`)!;
    const image = array(c.image);
    const inPlane = c.patch_size.length === 2;
    const shape = threeAxes(c.patch_size);
    let taken = 0;
    const nextNoise = (n: number) => {
      taken += n;
      return Float64Array.from((noise.data as Float64Array).subarray(taken - n, taken));
    };
    const displacement = elasticDisplacement(
      c.deformation.kind === 'gaussian'
        ? { alpha: c.deformation.alpha, sigma: c.deformation.sigma }
        : { sigmas: c.deformation.sigmas, magnitudes: c.deformation.magnitudes },
      shape,
      inPlane,
      nextNoise,
    );
    const offsets = array(`${c.name}_offsets`).data;
    const found = displacement.along.filter((field) => field !== null).flatMap((field) => Array.from(field));
    const scale = offsets.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(greatestDifference(found, offsets) / scale).toBeLessThan(1e-7);
    const transform = { angles: c.angles, scale: c.scale, displacement };
    const target = transformed(wholePatch(image, array(c.seg)), shape, transform, { inPlane });
    const difference = greatestDifference(target.data, array(`${c.name}_data`).data);
    if (process.env.SHOW_DIFFERENCES) console.log(c.name, difference);
    expect(difference).toBeLessThan(2e-6);
    expect(greatestDifference(target.seg, array(`${c.name}_seg`).data)).toBe(0);
  });

  it.each(cases.channels)('changes a channel: $name', async (c) => {
    const array = await readArrays(`${folder}/arrays.npz`);
    const image = array(c.image);
    const shape = image.shape.slice(1);
    const channel = image.data.slice(
      0,
      shape.reduce((a, b) => a * b, 1),
    );
    apply(c, channel, shape);
    const difference = greatestDifference(channel, array(c.name).data);
    if (process.env.SHOW_DIFFERENCES) console.log(c.name, difference);
    expect(difference).toBeLessThan(c.kind === 'median' ? 1e-12 : 2e-6);
  });

  it.each(cases.turns)('turns: $name', async ({ name, axes, count }) => {
    const array = await readArrays(`${folder}/arrays.npz`);
    const cube = array('cube');
    turnByQuarters(cube.data, cube.shape.slice(1), { axes, count });
    expect(greatestDifference(cube.data, array(name).data)).toBe(0);
  });
});
