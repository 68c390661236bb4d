import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPatch } from '../src/loader-patch.ts';
import {
  forcedStart,
  isForcedSample,
  type LocationsByClass,
  type PositionDraws,
  unforcedStart,
} from '../src/patch-sampling.ts';
import { arraySource } from '../src/patch-source.ts';
import { transformLinearly } from '../src/v2/spatial-linear.ts';
import { greatestDifference, readArrays, readJson, sharedGolden } from './reference-values.ts';
import { threeAxes } from './transformed.ts';

type Draw = ['choice', number, number | string[]] | ['randint', number, number, number] | ['uniform', number];

interface LoaderCase {
  name: string;
  dataset: string;
  configuration: string;
  patch_size: number[];
  final_patch_size: number[];
  batch_size: number;
  arguments: { oversample_foreground_percent: number; probabilistic_oversampling?: boolean; pad_sides?: number[] };
  labels: Record<string, number | number[]>;
  annotated_classes_key: number[];
  previous_stage: boolean;
  keys: string[];
  draws: Draw[];
  samples: { force_fg: boolean; bbox: [number, number][] }[];
  arrays_kept: boolean;
}

interface BoxCase {
  kind: string;
  data_shape: number[];
  patch_size: number[];
  final_patch_size: number[];
  force_fg: boolean;
  overwrite_class: number | null;
  class_locations: [number | number[], number[][]][];
  has_ignore: boolean;
  draws: Draw[];
  lower: number[];
}

const folder = `${sharedGolden}v2`;
const present = sharedGolden !== undefined && existsSync(folder);

/** Gives v2's draws; `keys` are the classes that v2 draws from, in its order, if it draws one of them. */
function recorded(draws: Draw[], keys: LocationsByClass, annotated: string | null, forced: boolean): PositionDraws {
  const nonEmpty = [...keys.keys()].filter((key) => keys.get(key)!.length > 0 && key !== annotated);
  // This package counts labels before regions.
  const inOwnOrder = [...nonEmpty.filter((key) => typeof key === 'number'), ...nonEmpty.filter((key) => typeof key === 'string')]; // biome-ignore format: a row
  let classDrawn = !forced || nonEmpty.length === 0;
  // The key of annotated voxels is drawn where it is alone.
  if (forced && nonEmpty.length === 0 && draws[0]?.[0] === 'choice') draws.shift();
  return {
    between: (low, high) => {
      const [kind, lowest, end, drawn] = draws.shift() as ['randint', number, number, number];
      expect([kind, low, high + 1]).toEqual(['randint', lowest, end]);
      return drawn;
    },
    share: () => Number.NaN,
    index: (n) => {
      const draw = draws.shift()!;
      if (draw[0] === 'randint') {
        expect([0, n]).toEqual(draw.slice(1, 3));
        return draw[3];
      }
      expect(['choice', n]).toEqual(draw.slice(0, 2));
      const index = draw[2] as number;
      if (classDrawn) return index;
      classDrawn = true;
      return inOwnOrder.indexOf(nonEmpty[index]!);
    },
  };
}

describe.skipIf(!present)('where nnU-Net 2.8.1 takes its patches (needs ../shared/golden)', () => {
  const boxes = present
    ? readJson<{ get_bbox: BoxCase[]; oversample_last_percent: { batch_size: number; oversample_foreground_percent: number; forced: boolean[] }[] }>(`${folder}/loader/boxes.json`) // biome-ignore format: a row
    : { get_bbox: [], oversample_last_percent: [] };

  // No loader gives `overwrite_class`.
  const drawn = boxes.get_bbox.filter((box) => box.overwrite_class === null);
  it.each(drawn.map((box, i) => [i, box] as const))('box %i', (_, box) => {
    const locations: LocationsByClass = new Map(
      box.class_locations.map(([key, voxels]) => [typeof key === 'number' ? key : key.join(), Int32Array.from(voxels.flat())]), // biome-ignore format: a row
    );
    const annotated = box.has_ignore ? '-1,0,1,2' : null;
    const position = { shape: box.data_shape, loaderPatchSize: box.patch_size, patchSize: box.final_patch_size };
    const draw = box.force_fg ? forcedStart : unforcedStart;
    const draws = [...box.draws];
    const own = recorded(draws, locations, annotated, box.force_fg);
    expect(draw(position, locations, own, { annotated, slices: 'voxels' })).toEqual(box.lower);
    expect(draws).toEqual([]);
  });

  it('forces the last samples of a batch to contain foreground', () => {
    for (const { batch_size: n, oversample_foreground_percent: share, forced } of boxes.oversample_last_percent)
      expect(Array.from({ length: n }, (_, i) => isForcedSample(i, n, share))).toEqual(forced);
  });

  // `pad_sides` is an argument that no trainer gives.
  const cases = present
    ? readJson<LoaderCase[]>(`${folder}/loader/cases.json`).filter((c) => c.arguments.pad_sides === undefined)
    : [];
  it.each(cases)('batch $name', async (c) => {
    const array = await readArrays(`${folder}/loader/arrays.npz`);
    const annotated = c.labels.ignore === undefined ? null : c.annotated_classes_key.join();
    const regions = Object.values(c.labels).some(Array.isArray);
    const values = Object.values(c.labels).filter((v) => v !== 0 && v !== c.labels.ignore);
    const draws = c.draws.slice(1);
    const shape = threeAxes(c.patch_size);
    const size = shape.reduce((a, b) => a * b, 1);
    for (const [sample, id] of c.keys.entries()) {
      const base = `${folder}/preprocess/${c.dataset}/${id}`;
      const { same_arrays_as: other = `${c.configuration}.npz` } = readJson<{ same_arrays_as?: string }>(`${base}/${c.configuration}.json`); // biome-ignore format: a row
      const stored = await readArrays(`${base}/${other}`);
      const [data, seg] = [stored('data'), stored('seg')];
      const named = (key: string) => `${c.dataset}_${c.configuration}_${id}_${key}`;
      const keys = [...values.map((v) => [v].flat().join()), ...(annotated === null ? [] : [annotated])];
      const classLocations: LocationsByClass = new Map(
        keys.map((key) => [regions && key.includes(',') ? key : key === annotated ? key : Number(key), Int32Array.from(array(named(`loc_${key}`)).data)]), // biome-ignore format: a row
      );
      const previous = c.previous_stage ? array(named('previous')).data : undefined;
      const whole = { id, shape: data.shape.slice(1), data: data.data, seg: seg.data, previous, classLocations };
      const source = arraySource([whole]);
      const position = { shape: whole.shape, loaderPatchSize: c.patch_size, patchSize: c.final_patch_size };
      if (c.arguments.probabilistic_oversampling) draws.shift();
      else expect(isForcedSample(sample, c.batch_size, c.arguments.oversample_foreground_percent)).toBe(c.samples[sample]!.force_fg); // biome-ignore format: a row
      const forced = c.samples[sample]!.force_fg;
      const draw = forced ? forcedStart : unforcedStart;
      const own = recorded(draws, classLocations, annotated, forced);
      const start = draw(position, classLocations, own, { annotated, slices: 'voxels' });
      expect(start).toEqual(c.samples[sample]!.bbox.map(([low]) => low));
      if (!c.arrays_kept) continue;
      const patch = await loadPatch(source, { index: 0, start, loaderPatchSize: shape });
      const { channels } = source;
      const filled = (n: number) => new Float32Array(n).fill(77);
      const target = { shape, channels, data: filled(channels * size), seg: filled(size), previous: filled(size) };
      transformLinearly(patch, target, { angles: null, scale: null }, { inPlane: shape[0] === 1 });
      const expected = array(`${c.name}_data`).data.subarray(sample * channels * size, (sample + 1) * channels * size);
      expect(greatestDifference(target.data, expected)).toBe(0);
      const kinds = c.previous_stage ? 2 : 1;
      const labels = array(`${c.name}_target`).data.subarray(sample * kinds * size, (sample + 1) * kinds * size);
      expect(greatestDifference(target.seg, labels.subarray(0, size))).toBe(0);
      if (c.previous_stage) expect(greatestDifference(target.previous, labels.subarray(size))).toBe(0);
    }
    expect(draws).toEqual([]);
  });
});
