import type { Plans } from '@nnunet/schema';
import { tinyPlans } from '@nnunet/testing';
import { expect, it } from 'vitest';
import { cropCase } from './crop-case.ts';
import { GenericPreprocessor } from './generic-preprocessor.ts';

const volume = <T extends Float32Array | Uint8Array>(data: T, shape: [number, number, number]) => ({
  data,
  shape,
  spacing: [1, 1, 1] as [number, number, number],
  origin: [0, 0, 0] as [number, number, number],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
});

/** Prepares a case of one slice with these labels, at another spacing (z, y, x). */
function prepared(labels: number[][], learnt: Partial<Plans>, spacing = [1, 1, 1]) {
  const shape: [number, number, number] = [1, labels.length, labels[0]!.length];
  const image = Float32Array.from(labels.flat(), (_, i) => i + 1);
  const cropped = cropCase([volume(image, shape)], volume(Uint8Array.from(labels.flat()), shape), { id: 'a' });
  const plans = { ...tinyPlans([8, 8, 8], { spacing }), ...learnt } as unknown as Plans;
  const { data, locations } = new GenericPreprocessor(plans).preprocess(cropped, 0);
  return { labels: [...data.subarray(data.length / 2)], locations };
}

it('finds the voxels of regions, and of everything that is annotated', () => {
  const regions = [
    { name: 'whole', values: [1, 2] },
    { name: 'part', values: [2] },
  ];
  const { locations } = prepared([[0, 1, 2, 3]], { regions, regions_class_order: [1, 2], ignore_label: 3 });
  const columns = Object.entries(locations).map(([key, list]) => [key, list.filter((_, i) => i % 3 === 2).sort()]);
  expect(Object.fromEntries(columns)).toEqual({
    '1,2': Int32Array.of(1, 2),
    '2': Int32Array.of(2),
    '-1,0,1,2': Int32Array.of(0, 1, 2),
  });
  expect(Object.keys(prepared([[0, 1, 2, 1]], {}).locations)).toEqual(['1', '2']);
});

it('leaves without annotation what lies between labels, and refuses the ignore label where there is none', () => {
  // Twice as coarse: one voxel in the middle of four different ones.
  const four = [
    [1, 2],
    [3, 0],
  ];
  expect(prepared(four, { ignore_label: 3 }, [1, 2, 2]).labels).toEqual([3]);
  expect(prepared([[1, 2], [0, 0]], { ignore_label: 3 }, [1, 2, 2]).labels).toEqual([0]); // biome-ignore format: a row
  expect(() => prepared(four, {})).toThrow(/values that dataset.json does not declare: 3 \(1 voxel\)/);
});
