import { describe, expect, it } from 'vitest';
import { axisCodes } from './axis-codes.ts';
import { geometryDifferences, sameGeometry } from './compare-grids.ts';
import { formatOf, shippedFormats } from './formats.ts';
import type { Volume } from './volume.ts';

const geometry = {
  shape: [4, 5, 6],
  spacing: [1, 2, 3],
  origin: [10, 0, -100],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

describe('sameGeometry', () => {
  it('allows 1e-8 and 1e-5 of the second value', () => {
    expect(sameGeometry(geometry, geometry)).toBe(true);
    expect(sameGeometry({ ...geometry, origin: [10.00009, 0, -100.0009] }, geometry)).toBe(true);
    expect(sameGeometry({ ...geometry, origin: [10, 2e-8, -100] }, geometry)).toBe(false);
    expect(sameGeometry({ ...geometry, origin: [10, 0.9e-8, -100] }, geometry)).toBe(true);
    // The tolerance is of the second: 1.1 % of it here is 1 % of the first.
    const tiny = (mm: number) => ({ ...geometry, origin: [mm, 0, 0] as const });
    expect(sameGeometry(tiny(100.00105), tiny(100))).toBe(false);
    expect(sameGeometry(tiny(100), tiny(100.00099))).toBe(true);
    expect(sameGeometry({ ...geometry, direction: [1, 0, 0, 0, 1, 0, 0, 0] }, geometry)).toBe(false);
    expect(sameGeometry({ ...geometry, origin: [10.0002, 0, -100] }, geometry)).toBe(false);
    expect(sameGeometry({ ...geometry, spacing: [1, 2, Number.NaN] }, geometry)).toBe(false);
  });

  it('names what differs', () => {
    expect(geometryDifferences({ ...geometry, shape: [4, 5, 7], spacing: [1, 2, 3.1] }, geometry)).toEqual([
      'spacing',
      'size',
    ]);
    expect(
      geometryDifferences({ ...geometry, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1], origin: [0, 0, 0] }, geometry),
    ).toEqual(['origin', 'direction']);
  });
});

// nibabel 5.4.2, aff2axcodes of random rotations
it.each([
  ['IAR', [0.0178, -0.0292, -0.9994, -0.4561, -0.8897, 0.0179, -0.8897, 0.4555, -0.0291]],
  ['SPR', [0.0449, -0.5704, -0.8201, 0.1845, 0.8116, -0.5544, 0.9818, -0.1264, 0.1416]],
  ['PLI', [-0.541, 0.6786, 0.4969, 0.6964, 0.6927, -0.1876, -0.4715, 0.2445, -0.8473]],
  ['IPL', [0.3582, 0.3943, 0.8463, -0.369, 0.8924, -0.2596, -0.8576, -0.2193, 0.4652]],
  ['LPS', [0.7733, -0.4528, -0.4437, 0.0431, 0.7358, -0.6759, 0.6326, 0.5035, 0.5885]],
  ['RPI', [-0.8478, 0.4935, -0.1942, 0.528, 0.8193, -0.2234, 0.0488, -0.2919, -0.9552]],
  ['PSL', [-0.0042, 0.4908, 0.8713, 0.8784, -0.4146, 0.2378, 0.4779, 0.7663, -0.4294]],
  ['RAS', [-1, 0, 0, 0, -1, 0, 0, 0, 1]],
  ['LPS', [1, 0, 0, 0, 1, 0, 0, 0, 1]],
])('names axes as nibabel does: %s', (codes, direction) => {
  expect(axisCodes({ ...geometry, direction })).toBe(codes);
});

describe('image formats', () => {
  const volume: Volume = { ...geometry, data: new Float32Array(120) };
  const format = { extensions: ['.test', '.test.gz'], read: async () => volume };

  it('are found by the longest extension, NIfTI beside those of your own', async () => {
    const other = { extensions: ['/', '.longer.test'] };
    const formats = shippedFormats.with(format, other);
    expect(formatOf('/a/b.TEST.gz', formats)).toBe(format);
    expect(await formatOf('x.test', formats).read!(new Uint8Array(), { where: 'x.test' })).toBe(volume);
    expect(formatOf('a.nii.gz', formats)).toBe(formatOf('b.nii', shippedFormats));
    expect([formatOf('a.longer.test', formats), formatOf('folder/', formats)]).toEqual([other, other]);
    expect(() => formatOf('a.mha', formats)).toThrow(/^a\.mha: is not an image of a supported format\n.*\.nii/);
  });

  it('need extensions that no other has', () => {
    for (const extension of ['NRRD', 'nii2', '.NRRD', '.', '', '.a b', '/x', 'x/']) {
      const add = () => shippedFormats.with({ ...format, extensions: [extension] });
      expect(add).toThrow(/not a lower-case file extension/);
    }
    expect(() => shippedFormats.with({ ...format, extensions: ['.fresh', '.nii.gz'] })).toThrow(/\.nii\.gz already/);
  });

  it('are told among the exports of a module by their extensions and what they do', () => {
    const exported = { format, list: ['.a'], none: null, silent: { extensions: ['.b'] }, writes: { write() {} } };
    const more = { writing: { extensions: ['.w'], write() {} }, byPath: { extensions: ['.p'], readPath() {} } };
    const loaded = shippedFormats.withModule('m.mjs', { ...exported, ...more }).names();
    expect(loaded).toEqual(['.nii', '.nii.gz', '.test', '.test.gz', '.w', '.p']);
  });
});
