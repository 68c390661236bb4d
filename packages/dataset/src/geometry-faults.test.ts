import type { ImageGeometry } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { closeFilesNote, geometryFaults, headerFaults } from './geometry-faults.ts';

const geometry: ImageGeometry = {
  shape: [5, 11, 21],
  spacing: [3, 1, 0.5],
  origin: [1, 2, 3],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const at = (change: Partial<ImageGeometry> = {}) => ({ file: 'b.nii.gz', geometry: { ...geometry, ...change } });
const faultsOf = (change: Partial<ImageGeometry>, strict = false) =>
  geometryFaults(at(change), { file: 'a.nii.gz', geometry }, { strict });

it('says nothing of the same place, and keeps what is close apart', () => {
  expect(faultsOf({})).toEqual({ faults: [], close: [] });
  // 0.004 mm of voxels that measure 0.5 mm
  const { faults, close } = faultsOf({ origin: [1, 2.004, 3] });
  expect(faults).toEqual([]);
  expect(close).toMatchObject([{ file: 'b.nii.gz', other: 'a.nii.gz' }]);
  expect(close[0]!.shift.voxels).toBeCloseTo(0.008, 9);
});

it('shows numbers with seven digits, and the direction', () => {
  const turned = [0, -1, 0, 1, 0, 0, 0, 0, 1];
  const [fault] = faultsOf({ origin: [1.234567891, 2, 3], direction: turned }).faults;
  expect(fault).toMatchObject({
    severity: 'error',
    file: 'b.nii.gz',
    what: 'origin, direction differ from a.nii.gz',
    expected: '[1, 2, 3] mm (x, y, z); [1, 0, 0, 0, 1, 0, 0, 0, 1]',
    found: expect.stringMatching(
      /^\[1\.234568, 2, 3\] mm \(x, y, z\); \[0, -1, 0, 1, 0, 0, 0, 0, 1\]; voxels lie up to /,
    ),
    shift: { mm: expect.any(Number) },
  });
  expect(fault!.remedy).toContain('`copyGeometry`');
});

it('compares nothing but the size where sizes differ', () => {
  const [fault] = faultsOf({ shape: [5, 11, 20], origin: [9, 2, 3] }).faults;
  expect(fault).toMatchObject({
    what: 'size differs from a.nii.gz',
    found: '[5, 11, 20] voxels (z, y, x)',
    remedy: expect.stringMatching(/^Resample/),
  });
  expect(fault).not.toHaveProperty('shift');
});

it("names the limit of v1's rule", () => {
  const [strict] = faultsOf({ spacing: [3, 1.001, 0.5] }, true).faults;
  expect(strict).toMatchObject({ severity: 'error', what: 'spacing differs from a.nii.gz' });
  expect(strict!.expected).toBe('[3, 1, 0.5] mm (z, y, x), each number within 1e-8 + 1e-5 of its size');
  expect(faultsOf({ spacing: [3, 1.1, 0.5] }).faults[0]!.expected).toBe('[3, 1, 0.5] mm (z, y, x)');
});

it('tells of skewed axes, and of each number of a header that cannot be meant', () => {
  expect(headerFaults(at())).toEqual([]);
  const skew = { severity: 'warning', file: 'b.nii.gz', found: '1.2° off a right angle' };
  expect(headerFaults(at({ skewDegrees: 1.2345 }))).toMatchObject([skew]);
  const faults = headerFaults(at({ skewDegrees: 1.2345, doubts: ['one', 'two'] }));
  expect(faults).toMatchObject([skew, { severity: 'warning', found: 'one' }, { file: 'b.nii.gz', found: 'two' }]);
});

it('makes one note of all close files, about the furthest', () => {
  const close = (file: string, voxels: number) => ({ file, other: `${file} label`, shift: { mm: voxels * 2, voxels } });
  expect(closeFilesNote([])).toEqual([]);
  expect(closeFilesNote([close('a', 0.002)])).toMatchObject([
    { severity: 'note', file: 'a', found: 'voxels lie up to 0.004 mm (0.002 voxels) apart' },
  ]);
  const [note, ...none] = closeFilesNote([close('a', 0.002), close('b', 0.005), close('c', 0.005), close('d', 0.004)]);
  expect(none).toEqual([]);
  expect(note).toMatchObject({ file: 'b', what: 'geometry differs slightly from b label', shift: { voxels: 0.005 } });
  expect(note!.found).toMatch(/ apart, the furthest of 4 files$/);
});
