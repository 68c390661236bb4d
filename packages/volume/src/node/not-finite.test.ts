import { join } from 'node:path';
import { isNnUNetError } from '@nnunet/errors';
import { temporaryFolder } from '@nnunet/testing';
import { describe, expect, it } from 'vitest';
import { finiteVolume, notFiniteNotice } from '../finite-voxels.ts';
import { shippedFormats } from '../formats.ts';
import { readNifti } from '../read-nifti.ts';
import { writeNifti } from '../write-nifti.ts';
import { readLabels, readLabelValues, readVolume } from './read-volume.ts';
import { writeVolume } from './write-volume.ts';

const folder = temporaryFolder();
const geometry = {
  shape: [1, 2, 3] as const,
  spacing: [1, 1, 1] as const,
  origin: [0, 0, 0] as const,
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('images', () => {
  it.each([
    ['float32', Float32Array.of(1, nan, 3, inf, -inf, -2)],
    ['float64, also beyond float32', Float64Array.of(1, nan, 3, 1e39, -inf, -2)],
  ])('%s: what is not finite is read as 0, and counted', async (_, data) => {
    const path = join(folder, 'image.nii.gz');
    await writeVolume(path, { ...geometry, data });
    for (const image of [await readVolume(path), await readNifti(await writeNifti({ ...geometry, data }))]) {
      expect([...image.data]).toEqual([1, 0, 3, 0, 0, -2]);
      expect(image.notFinite).toBe(3);
    }
  });

  it('are set to 0 before slope and intercept, as ITK does', async () => {
    const bytes = Uint8Array.from(await writeNifti({ ...geometry, data: Float32Array.of(1, nan, 3, inf, 5, 3e38) }));
    const view = new DataView(bytes.buffer);
    view.setFloat32(112, 2, true);
    view.setFloat32(116, -1000, true);
    const { data, notFinite } = await readNifti(bytes);
    // 6e38 is beyond float32
    expect([...data]).toEqual([-998, -1000, -994, -1000, -990, 0]);
    expect(notFinite).toBe(3);
  });

  it('of a format of one’s own too', async () => {
    const formats = shippedFormats.with({
      extensions: ['.own'],
      readPath: async () => ({ ...geometry, data: Float32Array.of(1, nan, 3, inf, 5, 6) }),
    });
    const { data, notFinite } = await readVolume(join(folder, 'x.own'), formats);
    expect([[...data], notFinite]).toEqual([[1, 0, 3, 0, 5, 6], 2]);
  });

  it('that are finite stay as they are, without a count', async () => {
    const whole = { ...geometry, data: Float32Array.of(1, 2, 3, 4, 5, 3.4e38) };
    expect(finiteVolume(whole)).toBe(whole);
    const large = { ...geometry, data: Int32Array.of(1, 2, 3, 4, 5, 2 ** 31 - 1) };
    expect(finiteVolume(large)).toBe(large);
    expect(notFiniteNotice('a.nii', whole)).toBeNull();
  });

  it('of the caller are not changed', () => {
    const given = { ...geometry, data: Float32Array.of(1, nan, 3, 4, 5, 6) };
    expect([...finiteVolume(given).data]).toEqual([1, 0, 3, 4, 5, 6]);
    expect(given.data[1]).toBeNaN();
    expect(notFiniteNotice('a.nii', finiteVolume(given))).toMatch(/^a\.nii: 1 voxel is NaN/);
  });
});

describe('label maps', () => {
  const labels = async (data: Float32Array | Float64Array): Promise<string> => {
    const path = join(folder, 'labels.nii.gz');
    await writeVolume(path, { ...geometry, data });
    return path;
  };

  it('within 0.01 of whole numbers are rounded, and counted', async () => {
    for (const data of [
      Float32Array.of(0, 0.9999, 2, 1.0099, -0.005, 300.001),
      Float64Array.of(0, 1.001, 2, 1, 0, 300),
    ]) {
      const map = await readLabels(await labels(data));
      expect([...map.data]).toEqual([0, 1, 2, 1, 0, 300]);
      expect(map.data).toBeInstanceOf(Int16Array);
      expect(map.rounded).toBe(data instanceof Float32Array ? 4 : 1);
    }
    expect((await readLabels(await labels(Float32Array.of(0, 1, 2, 1, 0, 1)))).rounded).toBeUndefined();
  });

  it.each([
    ['NaN', [0, nan, 2, nan, 1, 1], /labels\.nii\.gz: is not a label map: it contains NaN \(2 voxels\)/],
    ['an infinite value', [0, 1, inf, 1, 1, 1], /not integers, such as Infinity \(1 voxel\)/],
    ['as many NaN as fractions', [0, nan, 2, 0.5, 1, 1], /contains NaN \(1 voxel\) and values .* as 0\.5 \(1 voxel\)/],
    ['fractions', [0, 0.989, 2, 1, 0.5, 1], /not integers, such as 0\.98\d* \(2 voxels\)/],
  ])('with %s are refused by name', async (_, data, message) => {
    const path = await labels(Float32Array.from(data));
    const error = await readLabels(path).catch((e: unknown) => e);
    expect(isNnUNetError(error, 'bad-labels')).toBe(true);
    expect((error as Error).message).toMatch(message);
    expect([...(await readLabelValues(path)).data]).toEqual([...Float32Array.from(data)]);
  });
});
