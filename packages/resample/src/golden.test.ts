import { readFileSync } from 'node:fs';
import { readNpz } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import type { Order } from './axis-kernel.ts';
import type { FloatArray } from './image-shape.ts';
import { resampleDataOrSeg } from './resample.ts';
import { resize } from './resize.ts';
import { resizeSegmentation } from './resize-segmentation.ts';
import { resampledShape, separateAxis } from './separate-z.ts';

interface GoldenCase {
  name: string;
  call: 'resample_data_or_seg' | 'resample_patient' | 'resize' | 'resize_segmentation';
  in_shape: number[];
  out_shape: number[];
  is_seg: boolean;
  new_shape: number[];
  axis: number[] | null;
  order: Order;
  order_z: Order;
  do_separate_z: boolean;
  original_spacing: number[];
  target_spacing: number[];
  separate_z_used: boolean;
}

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url);
const cases = JSON.parse(readFileSync(fixture('cases.json'), 'utf8')) as GoldenCase[];
const arrays = await readNpz(readFileSync(fixture('arrays.npz')));
const values = (name: string) => arrays.get(name)!.data as FloatArray;

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let greatest = 0;
  // not a number where any of them is not
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}

describe('values of nnunet 1.7.1', () => {
  for (const c of cases.filter((c) => c.call === 'resample_data_or_seg')) {
    it(`resample_data_or_seg ${c.name}`, () => {
      const out = resampleDataOrSeg(values(`${c.name}_in`), {
        shape: c.in_shape,
        newShape: c.new_shape,
        order: c.order,
        orderZ: c.order_z,
        separateAxis: c.do_separate_z ? c.axis![0]! : null,
        isSegmentation: c.is_seg,
      });
      const expected = values(`${c.name}_out`);
      const tolerance = c.is_seg ? 0 : expected instanceof Float32Array ? 1e-6 : 1e-9;
      expect(greatestDifference(out, expected)).toBeLessThanOrEqual(tolerance);
    });
  }

  for (const c of cases.filter((c) => c.call === 'resample_patient')) {
    it(`resample_patient ${c.name}`, () => {
      const newShape = resampledShape(c.in_shape.slice(1), c.original_spacing, c.target_spacing);
      expect([1, ...newShape]).toEqual(c.out_shape);
      const axis = separateAxis(c.original_spacing, c.target_spacing);
      expect(axis !== null).toBe(c.separate_z_used);
      const common = { shape: c.in_shape, newShape, separateAxis: axis, orderZ: 0 } as const;
      const data = resampleDataOrSeg(values(`${c.name}_data_in`), { ...common, order: 3, isSegmentation: false });
      expect(greatestDifference(data, values(`${c.name}_data_out`))).toBeLessThanOrEqual(
        data instanceof Float32Array ? 2e-6 : 1e-9,
      );
      const seg = resampleDataOrSeg(values(`${c.name}_seg_in`), { ...common, order: 1, isSegmentation: true });
      expect(greatestDifference(seg, values(`${c.name}_seg_out`))).toBe(0);
    });
  }

  for (const c of cases.filter((c) => c.call === 'resize')) {
    it(`resize ${c.name}`, () => {
      const out = resize(values(`${c.name}_in`), c.in_shape, c.out_shape, c.order);
      expect(greatestDifference(out, values(`${c.name}_out`))).toBeLessThanOrEqual(1e-9);
    });
  }

  for (const c of cases.filter((c) => c.call === 'resize_segmentation')) {
    it(`resize_segmentation ${c.name}`, () => {
      const out = resizeSegmentation(values(`${c.name}_in`), c.in_shape, c.out_shape, c.order);
      expect(greatestDifference(out, values(`${c.name}_out`))).toBe(0);
    });
  }
});
