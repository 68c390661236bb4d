import { existsSync } from 'node:fs';
import { cropCase, preprocessCase } from '@nnunet/preprocess';
import type { Fingerprint, Plans } from '@nnunet/schema';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { loadPatch } from '../src/loader-patch.ts';
import {
  forcedStart,
  freeStart,
  isForcedSample,
  type LocationsByClass,
  type PositionDraws,
} from '../src/patch-sampling.ts';
import { type ArrayCase, arraySource } from '../src/patch-source.ts';
import { greatestDifference, readArrays, readJson, sharedGolden } from './reference-values.ts';
import { transformed } from './transformed.ts';

type Draw = ['choice', number, number | string[]] | ['randint', number, number, number];

interface LoaderCase {
  name: string;
  folder: string;
  patch_size: number[];
  final_patch_size: number[];
  batch_size: number;
  oversample_foreground_percent: number;
  keys: string[];
  draws: Draw[];
}

const data = `${sharedGolden}../data`;
const present = sharedGolden !== undefined && existsSync(data);

/** Gives v1's recorded draws, and fails where another range is asked for. */
function recorded(draws: Draw[]): PositionDraws {
  const take = (kind: string) => {
    const draw = draws.shift();
    if (draw?.[0] !== kind) throw new Error(`v1 drew ${draw} where ${kind} is asked for`);
    return draw;
  };
  return {
    between: (low, high) => {
      const draw = take('randint');
      expect([low, high + 1]).toEqual(draw.slice(1, 3));
      return draw[3] as number;
    },
    share: () => {
      throw new Error('v1 draws no share');
    },
    // a choice among n values records the value, among indices the index
    index: (n) => {
      const draw = take('choice');
      expect(n).toBe(draw[1]);
      return draw[2] as number;
    },
  };
}

async function prepare(id: string, folder: string): Promise<ArrayCase> {
  const [task, identifier] = folder.split('/') as [string, string];
  const dimension = identifier.includes('2D') ? '2D' : '3D';
  const plans = readJson<Plans>(`${sharedGolden}plans/${task}/nnUNetPlansv2.1_plans_${dimension}.json`);
  plans.dataset_properties = readJson<Fingerprint>(`${sharedGolden}plans/${task}/dataset_properties.json`);
  const raw = `${data}/${task.replace('Task004', 'Task04')}`;
  const files = task.startsWith('Task004')
    ? [`${raw}/imagesTr/${id}.nii.gz`]
    : Object.keys(plans.modalities).map((m) => `${raw}/imagesTr/${id}_${m.padStart(4, '0')}.nii.gz`);
  const images = await Promise.all(files.map((file) => readVolume(file)));
  const labels = await readLabels(`${raw}/labelsTr/${id}.nii.gz`);
  const prepared = preprocessCase(cropCase(images, labels, { id }), plans, 0);
  const voxels = prepared.data.length / prepared.shape[0];
  return {
    id,
    shape: prepared.shape.slice(1),
    data: prepared.data.subarray(0, prepared.data.length - voxels),
    seg: prepared.data.subarray(prepared.data.length - voxels),
    classLocations: new Map(Object.entries(prepared.locations).map(([label, v]) => [Number(label), v])),
  };
}

describe.skipIf(!present)('loader batches (needs ../shared/golden and ../shared/data)', () => {
  const cases = present ? readJson<LoaderCase[]>(`${sharedGolden}loader/cases.json`) : [];
  it.each(cases)('$name', async (c) => {
    const array = await readArrays(`${sharedGolden}loader/arrays.npz`);
    const expected = { data: array(`${c.name}_data`).data, seg: array(`${c.name}_seg`).data };
    const flat = c.patch_size.length === 2;
    const draws = c.draws.slice(1);
    const shape = flat ? [1, ...c.patch_size] : c.patch_size;
    const size = shape.reduce((a, b) => a * b, 1);
    for (let sample = 0; sample < c.batch_size; sample++) {
      const source = arraySource([await prepare(c.keys[sample]!, c.folder)]);
      const locations = await source.classLocations(0);
      const position = { shape: await source.shapeOf(0), loaderPatchSize: c.patch_size, patchSize: c.final_patch_size };
      const forced = isForcedSample(sample, c.batch_size, c.oversample_foreground_percent);
      const values = forced ? valuesAsIndices(draws, locations, flat) : draws;
      const start = forced ? forcedStart(position, locations, recorded(values)) : freeStart(position, recorded(values));
      const patch = await loadPatch(source, { index: 0, start, loaderPatchSize: shape });
      const { channels } = source;
      const result = transformed(patch, shape, { angles: null, scale: null }, { inPlane: flat });
      const at = sample * channels * size;
      const difference = greatestDifference(result.data, expected.data.subarray(at, at + channels * size));
      if (process.env.SHOW_DIFFERENCES) console.log(c.name, sample, difference);
      expect(difference).toBeLessThanOrEqual(1e-5);
      expect(greatestDifference(result.seg, expected.seg.subarray(sample * size, (sample + 1) * size))).toBe(0);
    }
    expect(draws).toEqual([]);
  });
});

/** v1 chooses a class and a slice by value, a voxel by index: turns the former into indices. */
function valuesAsIndices(draws: Draw[], locations: LocationsByClass, flat: boolean): Draw[] {
  const [label, second] = draws.splice(0, 2) as [Draw, Draw];
  const classes = [...locations.keys()]
    .filter((k) => locations.get(k)!.length > 0)
    .sort((a, b) => Number(a) - Number(b));
  const result: Draw[] = [['choice', label[1], classes.indexOf(label[2] as number)]];
  if (!flat) return [...result, second];
  const voxels = locations.get(label[2] as number)!;
  const slices = [...new Set(voxels.filter((_, i) => i % 3 === 0))].sort((a, b) => a - b);
  result.push(['choice', second[1], slices.indexOf(second[2] as number)]);
  return [...result, ...draws.splice(0, 1)];
}
