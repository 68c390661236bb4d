import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { roundToFloat16 } from '@nnunet/tensor/internal';
import { readNiftiLabels } from '@nnunet/volume';
import { describe, expect, it } from 'vitest';
import type { RestoreProperties } from '../src/restore-geometry.ts';
import {
  labelsAtShape,
  type RestoreLabelsOptions,
  resampleSoftmaxToCropped,
  restoreLabels,
} from '../src/restore-labels.ts';
import type { Softmax } from '../src/softmax.ts';
import * as reference from './reference.ts';

interface ExportCall {
  call: string;
  input: string;
  properties: string;
  channels?: string;
  crop_bbox?: string;
  transpose_backward: number[] | null;
  interpolation_order: 0 | 1 | 3;
  interpolation_order_z: 0 | 1 | 3;
  force_separate_z: boolean | null;
  region_class_order: number[] | null;
  out: string;
  out_npz?: string;
  target_shape: [number, number, number];
}

const roots: [string, URL][] = [['kept here', reference.fixtures]];
if (reference.goldenPresent) roots.push(['beside the repository', reference.golden]);

async function readSoftmax(root: URL, path: string, withoutFirst = false): Promise<Softmax> {
  const { data, shape } = (await reference.readArrays(root, path)).get('softmax')!;
  if (!withoutFirst) return { data: data as Float32Array, shape };
  return { data: (data as Float32Array).subarray(data.length / shape[0]!), shape: [shape[0]! - 1, ...shape.slice(1)] };
}

for (const [where, root] of roots) {
  const calls = reference
    .readJson<ExportCall[]>(root, 'export/cases.json')
    .filter((c) => c.call !== 'merge' && reference.present(root, `export/${c.input}`));
  const exports = calls.filter((c) => c.call === 'save_segmentation_nifti_from_softmax');

  describe(`export of nnunet 1.7.1, ${where}`, () => {
    for (const c of exports) {
      it(c.out, async () => {
        const softmax = await readSoftmax(root, `export/${c.input}`, c.channels === 'all but the first');
        const properties = reference.readJson<RestoreProperties>(root, `export/${c.properties}`);
        if (c.crop_bbox === 'taken out') properties.crop_bbox = null;
        const options: RestoreLabelsOptions = {
          transposeBackward: c.transpose_backward ?? [0, 1, 2],
          interpolationOrder: c.interpolation_order,
          orderZ: c.interpolation_order_z,
          forceSeparateZ: c.force_separate_z,
          regionClassOrder: c.region_class_order,
        };
        const found = restoreLabels(softmax, properties, options);
        const nifti = gunzipSync(readFileSync(new URL(`export/${c.out}`, root)));
        const expected = await readNiftiLabels(nifti, { where: c.out });
        expect(found.shape).toEqual([...expected.shape]);
        let different = 0;
        for (let i = 0; i < found.data.length; i++) if (found.data[i] !== expected.data[i]) different++;
        expect(different).toBe(0);
        if (c.out_npz === undefined) return;
        const stored = await readSoftmax(root, `export/${c.out_npz}`);
        const resampled = resampleSoftmaxToCropped(softmax, properties, options);
        expect(resampled.shape).toEqual(stored.shape);
        expect(reference.greatestDifference(roundToFloat16(resampled.data), stored.data)).toBe(0);
      });
    }

    for (const c of calls.filter((c) => c.call === 'resample_and_save')) {
      it(c.out, async () => {
        const softmax = await readSoftmax(root, `export/${c.input}`);
        const expected = (await reference.readArrays(root, `export/${c.out}`)).get('data')!;
        const found = labelsAtShape(softmax, c.target_shape);
        expect(found.shape).toEqual(expected.shape);
        expect(found.data).toEqual(expected.data);
      });
    }
  });
}
