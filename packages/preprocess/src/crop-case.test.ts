import { isNnUNetError } from '@nnunet/errors';
import type { Volume } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { cropCase } from './crop-case.ts';

function volume(shape: [number, number, number], set: Record<number, number>): Volume {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]);
  for (const [at, value] of Object.entries(set)) data[Number(at)] = value;
  return { data, shape, spacing: [3, 2, 1], origin: [10, 20, 30], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
}

const flat = (y: number, x: number) => y * 6 + x;

it('crops to the joint nonzero box and marks what lies outside the mask', () => {
  const a = volume([1, 5, 6], { [flat(1, 1)]: 4, [flat(1, 2)]: Number.NaN });
  const b = volume([1, 5, 6], { [flat(3, 3)]: -2 });
  const labels = volume([1, 5, 6], { [flat(1, 2)]: 2, [flat(2, 2)]: 1, [flat(0, 0)]: 3 });
  const cropped = cropCase([a, b], labels, { id: 'x', files: ['x_0000', 'x_0001'], labelFile: 'x' });
  expect(cropped.shape).toEqual([1, 3, 3]);
  expect([...cropped.segmentation]).toEqual([0, 2, -1, -1, 1, -1, -1, -1, 0]);
  expect([...cropped.images[1]!]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, -2]);
  expect(cropped.properties).toEqual({
    original_size_of_raw_data: [1, 5, 6],
    original_spacing: [3, 2, 1],
    list_of_data_files: ['x_0000', 'x_0001'],
    seg_file: 'x',
    itk_origin: [10, 20, 30],
    itk_spacing: [1, 2, 3],
    itk_direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    crop_bbox: [
      [0, 1],
      [1, 4],
      [1, 4],
    ],
    classes: [-1, 0, 1, 2],
    size_after_cropping: [1, 3, 3],
  });
});

it('fills holes of the mask in 3D', () => {
  const shell: Record<number, number> = {};
  for (let i = 0; i < 125; i++) if (i !== 62) shell[i] = 1;
  const cropped = cropCase([volume([5, 5, 5], shell)], null, { id: 'x' });
  expect(cropped.segmentation.every((v) => v === 0)).toBe(true);
  delete shell[37];
  delete shell[12];
  const open = cropCase([volume([5, 5, 5], shell)], null, { id: 'x' });
  expect(open.segmentation.filter((v) => v === -1).length).toBe(3);
  expect(open.properties.classes).toEqual([-1, 0]);
});

it('keeps the header of the first image, and does not change what it was given', () => {
  const image = { ...volume([1, 2, 2], { 0: 1, 3: 1 }), niftiHeader: Uint8Array.from([1, 2, 255]) };
  const labels = volume([1, 2, 2], { 0: -3 });
  const cropped = cropCase([image], labels, { id: 'x' });
  expect(cropped.properties.nifti_header).toBe('AQL/');
  expect([...labels.data]).toEqual([-3, 0, 0, 0]);
  expect([...cropped.segmentation]).toEqual([0, -1, -1, 0]);
  expect(cropped.properties.classes).toEqual([-3, -1, 0]);
});

it('refuses images and labels that lie elsewhere than the first', () => {
  const tagOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isNnUNetError(error, 'other-grid') ? error.message : error;
    }
    return 'no error';
  };
  const one = volume([2, 2, 2], { 1: 1 });
  const moved = (mm: number) => ({ ...one, origin: [one.origin[0], one.origin[1] + mm, one.origin[2]] as const });
  const finest = Math.min(...one.spacing);
  expect(tagOf(() => cropCase([one, moved(0.49 * finest)], moved(0.49 * finest), { id: 'x' }))).toBe('no error');
  expect(tagOf(() => cropCase([one, moved(0.51 * finest)], null, { id: 'x' }))).toMatch(
    /^modality 1 of x: is not at the same position/,
  );
  expect(tagOf(() => cropCase([one], moved(2 * finest), { id: 'x', files: ['f'], labelFile: 'l' }))).toMatch(
    /^l: is not at the same position as f: they differ in origin/,
  );
});

it('tells which case is empty or does not fit', () => {
  const tagOf = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return isNnUNetError(error, 'bad-case') && error.where;
    }
    return 'no error';
  };
  expect(tagOf(() => cropCase([volume([2, 2, 2], {})], null, { id: 'empty' }))).toBe('empty');
  expect(tagOf(() => cropCase([], null, { id: 'none' }))).toBe('none');
  const one = volume([2, 2, 2], { 1: 1 });
  expect(tagOf(() => cropCase([one, volume([2, 2, 3], { 1: 1 })], null, { id: 'sizes' }))).toBe('sizes');
  expect(tagOf(() => cropCase([one], volume([2, 3, 2], {}), { id: 'labels' }))).toBe('labels');
});

it('crops as if what is not finite were 0, and leaves the given image alone', () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const given = volume([1, 5, 6], {
    [flat(0, 0)]: nan,
    [flat(1, 2)]: 4,
    [flat(2, 2)]: inf,
    [flat(3, 3)]: 5,
    [flat(4, 5)]: -inf,
  });
  const zero = volume([1, 5, 6], { [flat(1, 2)]: 4, [flat(3, 3)]: 5 });
  expect(cropCase([given], null, { id: 'x' })).toEqual(cropCase([zero], null, { id: 'x' }));
  expect(given.data[0]).toBeNaN();
  const wide = { ...zero, data: Float64Array.from(zero.data, (v) => v || 1e39) };
  expect(cropCase([wide], null, { id: 'x' })).toEqual(cropCase([zero], null, { id: 'x' }));
  const none = volume([1, 5, 6], { 0: nan, 1: inf });
  expect(() => cropCase([none], null, { id: 'x' })).toThrow(/contains only 0, NaN and infinities/);
});

it('refuses labels that are not declared, or no whole numbers, by the name of their file', () => {
  const image = volume([1, 5, 6], { [flat(1, 1)]: 4 });
  const labels = volume([1, 5, 6], { [flat(0, 0)]: 3, [flat(1, 1)]: 2, [flat(4, 4)]: 3 });
  const source = { id: 'x', labelFile: 'labelsTr/x.nii.gz', declaredLabels: [0, 1, 2] };
  const error = thrown(() => cropCase([image], labels, source));
  expect(isNnUNetError(error, 'undeclared-labels')).toBe(true);
  // outside the box too: v1 sees the whole map
  expect((error as Error).message).toMatch(/labelsTr\/x\.nii\.gz: .*: 3 \(2 voxels\)/);
  cropCase([image], labels, { ...source, declaredLabels: [0, 1, 2, 3] });
  const half = volume([1, 5, 6], { [flat(1, 1)]: 0.5, [flat(1, 2)]: Number.NaN });
  expect(() => cropCase([image], half, source)).toThrow(/NaN \(1 voxel\).*0\.5 \(1 voxel\)/);
  const nearly = volume([1, 5, 6], { [flat(1, 1)]: 1.9999 });
  expect([...cropCase([image], nearly, source).segmentation]).toEqual([2]);
});

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
