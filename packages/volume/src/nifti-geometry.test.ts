import { readFileSync } from 'node:fs';
import { isNnUNetError } from '@nnunet/errors';
import { expect, it } from 'vitest';
import { geometryOf } from './nifti-geometry.ts';
import { parseNiftiHeader } from './nifti-header.ts';

interface Case {
  name: string;
  header: string;
  error?: true;
  size: number[];
  spacing: number[];
  origin: number[];
  direction: number[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../fixtures/itk-geometry.json', import.meta.url), 'utf8'));

it.each(cases)(
  'reads the geometry that SimpleITK reads: $name',
  ({ name, header, error, size, spacing, origin, direction }) => {
    const parsed = parseNiftiHeader(Buffer.from(header, 'base64'), 'x.nii');
    // Slightly skewed axes are read here, unlike there.
    if (error && /^skew/.test(name)) {
      const { skewDegrees = Number.NaN } = geometryOf(parsed);
      expect(skewDegrees).toBeGreaterThan(0.005);
      expect(skewDegrees).toBeLessThan(0.03);
      return;
    }
    if (error) {
      try {
        geometryOf(parsed, 'x.nii');
        expect.unreachable('SimpleITK refuses it');
      } catch (problem) {
        expect(isNnUNetError(problem, 'bad-nifti') && problem.where).toBe('x.nii');
      }
      return;
    }
    const got = geometryOf(parsed);
    expect([...got.shape].reverse()).toEqual(size);
    expect([...got.spacing].reverse()).toEqual(spacing);
    for (let i = 0; i < 3; i++) expect(got.origin[i]).toBe(origin[i]! + 0);
    for (let i = 0; i < 9; i++) expect(Math.abs(got.direction[i]! - direction[i]!)).toBeLessThan(2e-7);
  },
);

/** A header with nothing but an sform: columns, at unit length, and an origin; or what `edit` makes of it. */
function placed(srow: number[][], edit: (view: DataView) => void = () => undefined) {
  const bytes = Buffer.from(cases[0]!.header, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = view.getInt32(0, true) === 348;
  expect(little).toBe(true);
  [1, 1, 1, 1].forEach((mm, i) => {
    view.setFloat32(76 + 4 * i, mm, true);
  });
  bytes[123] = 2;
  view.setInt16(252, 0, true);
  view.setInt16(254, 2, true);
  srow.flat().forEach((value, i) => {
    view.setFloat32(280 + 4 * i, value, true);
  });
  edit(view);
  return parseNiftiHeader(bytes, 'x.nii');
}

const sheared = (degrees: number) => {
  const [s, c] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [
    [1, s, 0, 10],
    [0, c, 0, 20],
    [0, 0, 1, 30],
  ];
};

it('takes the nearest rotation where the axes of an only sform are off by less than 1°', () => {
  const { direction, origin, skewDegrees } = geometryOf(placed(sheared(0.5)));
  expect(skewDegrees).toBeCloseTo(0.5, 4);
  expect(origin).toEqual([-10, -20, 30]);
  // By symmetry both axes turn by half of the angle, 0.25°: x to (c, −s), y to (s, c). LPS turns both signs.
  const [s, c] = [Math.sin(Math.PI / 720), Math.cos(Math.PI / 720)];
  [-c, -s, 0, s, -c, 0, 0, 0, 1].forEach((value, i) => {
    expect(direction[i]).toBeCloseTo(value, 6);
  });
  expect(geometryOf(placed(sheared(0))).skewDegrees).toBeUndefined();
  expect(geometryOf(placed(sheared(0.99))).skewDegrees).toBeCloseTo(0.99, 4);
  expect(() => geometryOf(placed(sheared(1.01)))).toThrow(/not at right angles/);
});

it('reads no position from NaN and infinite numbers', () => {
  const nan = (view: DataView) => {
    view.setInt16(252, 1, true);
    for (const at of [256, 260, 264]) view.setFloat32(at, Number.NaN, true);
  };
  // With an sform beside it the quaternion is not needed.
  expect(geometryOf(placed(sheared(0), nan)).direction.map(Math.abs)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  const alone = (view: DataView) => {
    nan(view);
    view.setInt16(254, 0, true);
  };
  expect(() => geometryOf(placed(sheared(0), alone))).toThrow(/impossible position/);
  for (const at of [256, 268]) {
    const one = (view: DataView) => {
      view.setInt16(252, 1, true);
      view.setInt16(254, 0, true);
      view.setFloat32(at, at === 256 ? Number.POSITIVE_INFINITY : Number.NaN, true);
    };
    expect(() => geometryOf(placed(sheared(0), one))).toThrow(/impossible position/);
  }
});

it('tells of a spacing of 0 and of a quaternion that is not a number', () => {
  const nan = (view: DataView) => {
    view.setInt16(252, 1, true);
    view.setFloat32(260, Number.NaN, true);
  };
  expect(geometryOf(placed(sheared(0), nan)).doubts).toEqual([
    'a quaternion that is not a number; the sform is used instead',
  ]);
  const flat = (view: DataView) => {
    [5, 1, 4].forEach((size, i) => {
      view.setInt16(42 + 2 * i, size, true);
    });
    for (const at of [80, 84, 88]) view.setFloat32(at, 0, true);
  };
  // The only slice along y needs no spacing.
  expect(geometryOf(placed(sheared(0), flat)).doubts).toEqual([
    'a spacing of 0 along x, read as 1',
    'a spacing of 0 along z, read as 1',
  ]);
  expect(geometryOf(placed(sheared(0), flat)).spacing).toEqual([1, 1, 1]);
  expect(geometryOf(placed(sheared(0))).doubts).toBeUndefined();
});
