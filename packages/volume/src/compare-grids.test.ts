import { isNnUNetError } from '@nnunet/errors';
import { describe, expect, it } from 'vitest';
import { compareGrids, comparisonInWords, gridShift } from './compare-grids.ts';
import { gridNotices, withOneNote } from './grid-notices.ts';
import type { ImageGeometry } from './nifti-geometry.ts';

// 100 steps of 0.5 mm along x, 0.5 mm being the finest axis.
const reference: ImageGeometry = {
  shape: [11, 51, 101],
  spacing: [3, 1, 0.5],
  origin: [10, 20, 30],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const moved = (mm: number) => ({ ...reference, origin: [10 + mm, 20, 30] as const });
const agreement = (other: ImageGeometry, strict = false) => compareGrids(other, reference, { strict }).agreement;

describe('compareGrids', () => {
  it('takes a distance of voxels, in voxels of the finest axis', () => {
    expect(agreement(reference)).toBe('same');
    expect(agreement(moved(0.00499))).toBe('close');
    expect(agreement(moved(0.00501))).toBe('shifted');
    expect(agreement(moved(0.2499))).toBe('shifted');
    expect(agreement(moved(0.2501))).toBe('elsewhere');
    expect(agreement(moved(Number.NaN))).toBe('elsewhere');
    // The finest axis of either image counts: one slice each, 0.1 and 3 mm thick, 0.06 mm apart.
    const slice = { ...reference, shape: [1, 51, 101] as const };
    const thin = { ...slice, spacing: [0.1, 1, 0.5] as const, origin: [10.06, 20, 30] as const };
    expect(compareGrids(thin, slice).agreement).toBe('elsewhere');
    expect(compareGrids(slice, thin).agreement).toBe('elsewhere');
  });

  it('judges spacing and direction by the same distance, however large the image', () => {
    // 100 steps: 1e-5 mm each are 0.001 mm, 0.002 voxels; 1e-4 mm 0.02 voxels; 3e-3 mm 0.6 voxels
    expect(agreement({ ...reference, spacing: [3, 1, 0.50001] })).toBe('close');
    expect(agreement({ ...reference, spacing: [3, 1, 0.5001] })).toBe('shifted');
    expect(agreement({ ...reference, spacing: [3, 1, 0.503] })).toBe('elsewhere');
    // a direction that differs in its eighth digit moves voxels by 50 mm · 2e-8
    const direction = [1, 2e-8, 0, 0, 1, 0, 0, 0, 1];
    expect(agreement({ ...reference, direction })).toBe('close');
    expect(agreement({ ...reference, direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1] })).toBe('elsewhere');
    expect(agreement({ ...reference, shape: [11, 51, 100] })).toBe('resized');
  });

  it('has the stricter rule of v1', () => {
    expect(agreement({ ...reference, direction: [1, 2e-8, 0, 0, 1, 0, 0, 0, 1] }, true)).toBe('elsewhere');
    expect(agreement(moved(0.00005), true)).toBe('same');
    expect(compareGrids(moved(0.001), reference).agreement).toBe('close');
  });
});

it('says in words what differs, and how far apart voxels lie', () => {
  const words = (change: Partial<ImageGeometry>) =>
    comparisonInWords(compareGrids({ ...reference, ...change }, reference));
  expect(words({ origin: [13, 20, 34] })).toBe('origin: voxels lie up to 5 mm (10 voxels) apart');
  expect(words({ origin: [10.12345, 20, 30] })).toBe('origin: voxels lie up to 0.123 mm (0.247 voxels) apart');
  expect(words({ origin: [10.5, 20, 30], spacing: [3, 1, 0.51] })).toMatch(/^origin and spacing: voxels/);
  const direction = [-1, 0, 0, 0, 1, 0, 0, 0, 1];
  expect(words({ origin: [11, 20, 30], spacing: [3, 1, 0.51], direction })).toMatch(/^origin, spacing and direction: /);
  expect(words({ shape: [11, 51, 100] })).toBe('size');
  expect(words({})).toBe('position: voxels lie up to 0 mm (0 voxels) apart');
});

describe('gridNotices', () => {
  const named = (name: string, geometry: ImageGeometry) => ({ name, geometry });
  const first = named('a', reference);

  it('says nothing, a note, or a warning with the command that repairs it', () => {
    expect(gridNotices([first, named('b', reference)])).toEqual([]);
    const [note, warning] = gridNotices([first, named('b', moved(0.001)), named('c', moved(0.1))]);
    expect(note).toMatchObject({
      severity: 'note',
      text: expect.stringContaining(
        'b differs slightly from a in origin: voxels lie up to 0.001 mm (0.002 voxels) apart',
      ),
    });
    expect(warning).toMatchObject({
      severity: 'warning',
      text: expect.stringMatching(
        /^c is slightly displaced from a: they differ in origin: .* 0\.1 mm \(0\.2 voxels\) .*nnUNet_repair_dataset/,
      ),
    });
    expect(gridNotices([named('e', { ...reference, doubts: ['one thing', 'another'] })])).toEqual([
      { severity: 'warning', text: 'e states one thing' },
      { severity: 'warning', text: 'e states another' },
    ]);
    expect(gridNotices([named('d', { ...reference, skewDegrees: 0.1146 })])[0]!.text).toMatch(/^d has axes .* 0\.11°/);
  });

  it('only warns of what lies elsewhere where work would be lost', () => {
    const given = [first, named('b', moved(4)), named('c', reference)];
    expect(gridNotices(given, { elsewhere: 'warn' })).toEqual([
      {
        severity: 'warning',
        text: 'b is not at the same position as a: they differ in origin: voxels lie up to 4 mm (8 voxels) apart',
      },
    ]);
    expect(() => gridNotices(given, { elsewhere: 'refuse' })).toThrow('is not at the same position');
    expect(gridNotices([])).toEqual([]);
    expect(gridNotices([first])).toEqual([]);
  });

  it('says one note for all, and every warning', () => {
    const notices = (['note', 'warning', 'note', 'warning'] as const).map((severity, i) => ({
      severity,
      text: `${i}`,
    }));
    expect(withOneNote(notices).map(({ text }) => text)).toEqual(['0', '1', '3']);
    expect(withOneNote(notices.slice(1, 2))).toHaveLength(1);
  });

  it('refuses what lies elsewhere, by name', () => {
    const refusal = (geometry: ImageGeometry, strict = false) => {
      try {
        return gridNotices([first, named('b', geometry)], { strict });
      } catch (error) {
        return isNnUNetError(error, 'other-grid') ? error.message : error;
      }
    };
    expect(refusal(moved(4))).toMatch(
      /^b: is not at the same position as a: they differ in origin: .* 4 mm \(8 voxels\) apart/,
    );
    expect(refusal(moved(0.001), true)).toMatch(/strict rule/);
  });
});

describe('the shift of a grid', () => {
  const straight: ImageGeometry = {
    shape: [5, 11, 21],
    spacing: [3, 1, 0.5],
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };

  it('is the way of the corner that moves most', () => {
    expect(gridShift(straight, straight)).toEqual({ mm: 0, voxels: 0 });
    const moved = gridShift({ ...straight, origin: [3, 0, 4] }, straight);
    expect([moved.mm, moved.voxels]).toEqual([5, 10]);
    // Along z 4 steps of 0.1 mm more, along x 20 steps of 0.01 mm more.
    expect(gridShift({ ...straight, spacing: [3.1, 1, 0.51] }, straight).mm).toBeCloseTo(Math.hypot(0.4, 0.2), 12);
  });

  it('sees a flipped axis', () => {
    const flipped = gridShift({ ...straight, direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }, straight);
    expect(flipped.mm).toBe(20);
  });
});
