import { fileURLToPath } from 'node:url';
import type { CaseProperties, ClassLocations } from '@nnunet/schema';
import { readVolume } from '@nnunet/volume/node';
import { describe, expect, it } from 'vitest';
import { cropCase } from '../src/crop-case.ts';
import { preprocessCase, preprocessTestCase } from '../src/preprocessor-registry.ts';
import * as reference from './reference.ts';

interface GoldenProperties extends CaseProperties {
  class_locations: Record<string, { count: number; first: number[][]; last: number[][]; column_sums: number[] }>;
  full_shape?: number[];
  full_stats?: { mean: number; sd: number; min: number; max: number }[];
}

const path = (url: URL) => fileURLToPath(url);
const roots: [string, URL][] = [['kept here', reference.fixtures]];
if (reference.goldenPresent) roots.push(['beside the repository', reference.golden]);

/** Raw folder of a task: the hippocampus images lie as they were before conversion. */
const rawName = (task: string) => task.replace('Task004', 'Task04');

/** -0 and 0 are the same direction. */
const withoutMinusZero = (properties: object) => JSON.parse(JSON.stringify(properties));

/** The hippocampus images here are those from before their conversion, which adds _0000. */
function named(properties: CaseProperties, task: string): CaseProperties {
  if (task !== 'Task004_Hippocampus') return properties;
  return { ...properties, list_of_data_files: properties.list_of_data_files.map((file) => file.replace('_0000', '')) };
}

/** Mean and standard deviation of each channel. */
function momentsOf(data: Float32Array, channels: number) {
  const size = data.length / channels;
  return Array.from({ length: channels }, (_, c) => {
    const part = data.subarray(c * size, (c + 1) * size);
    let mean = 0;
    for (let i = 0; i < size; i++) mean += part[i]! / size;
    let variance = 0;
    for (let i = 0; i < size; i++) variance += (part[i]! - mean) ** 2 / size;
    return { mean, sd: Math.sqrt(variance) };
  });
}

function expectLocations(found: ClassLocations, expected: GoldenProperties['class_locations']) {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [label, { count, first, last, column_sums }] of Object.entries(expected)) {
    const all = found[label]!;
    const rows = Array.from({ length: all.length / 3 }, (_, i) => [...all.subarray(3 * i, 3 * i + 3)]);
    expect(rows.length).toBe(count);
    expect(rows.slice(0, first.length)).toEqual(first);
    expect(rows.slice(-last.length)).toEqual(last);
    expect([0, 1, 2].map((axis) => rows.reduce((sum, row) => sum + row[axis]!, 0))).toEqual(column_sums);
  }
}

/** Every fifth voxel of each channel. */
function everyFifth(data: Float32Array, [channels, nz, ny, nx]: readonly number[]): Float32Array {
  const out: number[] = [];
  for (let c = 0; c < channels!; c++)
    for (let z = 0; z < nz!; z += 5)
      for (let y = 0; y < ny!; y += 5)
        for (let x = 0; x < nx!; x += 5) out.push(data[((c * nz! + z) * ny! + y) * nx! + x]!);
  return Float32Array.from(out);
}

for (const [where, root] of roots) {
  const tasks = reference.list(root, 'preprocess/');
  const cases = tasks.flatMap((task) => reference.list(root, `preprocess/${task}/`).map((id) => ({ task, id })));
  // one large case in training and one in prediction are enough
  const chosen = cases.filter(({ id }) => id !== 'large_10501');
  const images = (task: string, id: string, folder: string) =>
    reference
      .list(reference.imagesOf(root), `${rawName(task)}/${folder}/`)
      .filter((file) => file.startsWith(`${id}_`) || file === `${id}.nii.gz`)
      .sort()
      .map((file) => path(new URL(`${rawName(task)}/${folder}/${file}`, reference.imagesOf(root))));
  const cropRaw = async (task: string, id: string, labelled: boolean) => {
    const files = images(task, id, labelled ? 'imagesTr' : 'imagesTs');
    const label = path(new URL(`${rawName(task)}/labelsTr/${id}.nii.gz`, reference.imagesOf(root)));
    return cropCase(
      await Promise.all(files.map((file) => readVolume(file))),
      labelled ? await readVolume(label) : null,
      {
        id,
        files: files.map((file) => file.split('/').at(-1)!),
        labelFile: labelled ? label.split('/').at(-1) : null,
      },
    );
  };

  describe(`values of nnunet 1.7.1, ${where}`, () => {
    for (const { task, id } of chosen) {
      const base = `preprocess/${task}/${id}`;
      const files = reference.list(root, `${base}/`);
      const prepared = files.filter((file) => /^nnUNetData.*npz$/.test(file));

      it.skipIf(!files.includes('cropped.json') || images(task, id, 'imagesTr').length === 0)(
        `crops ${id}`,
        async () => {
          const found = await cropRaw(task, id, true);
          const { use_nonzero_mask_for_norm: _, ...expected } = reference.readJson<CaseProperties>(
            root,
            `${base}/cropped.json`,
          );
          const { nifti_header: header, ...properties } = found.properties;
          expect(header === undefined || header.length > 400).toBe(true);
          expect(withoutMinusZero(properties)).toEqual(withoutMinusZero(named(expected, task)));
          if (!files.includes('cropped.npz')) return;
          const { images: channels, segmentation } = await reference.readCropped(root, task, id);
          expect(found.segmentation).toEqual(segmentation);
          expect(found.images).toEqual(channels);
        },
      );

      for (const file of prepared) {
        const dimension = file.includes('_2D_') ? '2D' : '3D';
        const stage = Number(file.at(-5));
        it(`prepares ${id} for ${dimension}, stage ${stage}`, async () => {
          const plans = reference.readPlans(root, task, dimension);
          const cropped = files.includes('cropped.npz')
            ? await reference.readCropped(root, task, id)
            : await cropRaw(task, id, true);
          const found = preprocessCase(cropped, plans, stage);
          const { class_locations, full_shape, full_stats, ...properties } = reference.readJson<GoldenProperties>(
            root,
            `${base}/${file.replace('.npz', '.json')}`,
          );
          const { nifti_header: _, ...foundProperties } = found.properties;
          expect(withoutMinusZero(foundProperties)).toEqual(withoutMinusZero(properties));
          expectLocations(found.locations, class_locations);
          const arrays = await reference.readArrays(root, `${base}/${file}`);
          const voxels = found.data.length / found.shape[0];
          const imageValues = found.data.length - voxels;
          const whole = arrays.get('data');
          if (whole !== undefined) {
            expect(found.shape).toEqual(whole.shape);
            const expected = whole.data as Float32Array;
            expect(
              reference.greatestDifference(found.data.subarray(0, imageValues), expected.subarray(0, imageValues)),
            ).toBeLessThan(1e-5);
            expect(reference.greatestDifference(found.data.subarray(imageValues), expected.subarray(imageValues))).toBe(
              0,
            );
            return;
          }
          expect(found.shape).toEqual(full_shape);
          const fifth = everyFifth(found.data, found.shape);
          expect(reference.greatestDifference(fifth, arrays.get('data_every_5th')!.data as Float32Array)).toBeLessThan(
            1e-5,
          );
          expect(
            reference.greatestDifference(found.data.subarray(imageValues), arrays.get('seg')!.data as Int8Array),
          ).toBe(0);
          momentsOf(found.data, found.shape[0]).forEach(({ mean, sd }, c) => {
            expect(Math.abs(mean - full_stats![c]!.mean)).toBeLessThan(1e-5);
            expect(Math.abs(sd - full_stats![c]!.sd)).toBeLessThan(1e-5);
          });
        });
      }

      for (const file of files.filter((file) => /^test_.*npz$/.test(file))) {
        const dimension = file.includes('_2D_') ? '2D' : '3D';
        const stage = Number(file.at(-5));
        it(`prepares ${id} for prediction in ${dimension}, stage ${stage}`, async () => {
          const cropped = await cropRaw(task, id, false);
          const found = preprocessTestCase(cropped, reference.readPlans(root, task, dimension), stage);
          const {
            full_shape,
            full_stats: _,
            ...properties
          } = reference.readJson<GoldenProperties>(root, `${base}/${file.replace('.npz', '.json')}`);
          const { nifti_header: __, ...foundProperties } = found.properties;
          expect(withoutMinusZero(foundProperties)).toEqual(withoutMinusZero(named(properties, task)));
          const arrays = await reference.readArrays(root, `${base}/${file}`);
          const whole = arrays.get('data');
          if (whole !== undefined) {
            const expected = whole.data as Float32Array;
            expect(reference.greatestDifference(found.data, expected.subarray(0, found.data.length))).toBeLessThan(
              1e-5,
            );
            expect(reference.greatestDifference(found.mask, expected.subarray(found.data.length))).toBe(0);
            return;
          }
          expect(full_shape?.slice(1)).toEqual(found.shape.slice(1));
          const both = new Float32Array(found.data.length + found.mask.length);
          both.set(found.data);
          both.set(found.mask, found.data.length);
          const shape = [found.shape[0] + 1, ...found.shape.slice(1)];
          expect(
            reference.greatestDifference(everyFifth(both, shape), arrays.get('data_every_5th')!.data as Float32Array),
          ).toBeLessThan(1e-5);
        });
      }
    }
  });
}
