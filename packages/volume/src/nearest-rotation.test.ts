import { describe, expect, it } from 'vitest';
import { asMatrix3, determinant, nearestRotation, straightAxes } from './nearest-rotation.ts';

const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
const changed = (entries: Record<number, number>) => identity.map((v, i) => entries[i] ?? v);
const [s, c] = [Math.sin(0.3), Math.cos(0.3)];
const turned = [c, -s, 0, s, c, 0, 0, 0, 1];

function product(a: readonly number[], b: readonly number[]): number[] {
  return a.map((_, i) => [0, 1, 2].reduce((sum, k) => sum + a[3 * Math.floor(i / 3) + k]! * b[3 * k + (i % 3)]!, 0));
}

function expectClose(found: readonly number[], expected: readonly number[], digits = 12): void {
  expect(found).toHaveLength(9);
  for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, digits);
}

describe('straightAxes', () => {
  it.each([1, 2, 3, 5, 6, 7])('takes axes that are off by less than ITK allows as they are: entry %i', (at) => {
    const within = changed({ [at]: 0.99e-4 });
    expect(straightAxes(within)).toEqual({ direction: within });
    const beyond = straightAxes(changed({ [at]: 1.01e-4 }))!;
    expect(beyond.skewDegrees).toBeCloseTo((1.01e-4 * 180) / Math.PI, 6);
    // both axes turn by half of the angle
    expect(beyond.direction[at]).toBeCloseTo(0.505e-4, 8);
  });

  it.each([0, 4, 8])('takes lengths that are off by less than ITK allows as they are: entry %i', (at) => {
    expect(straightAxes(changed({ [at]: 1.00004 }))).toEqual({ direction: changed({ [at]: 1.00004 }) });
    const { direction, skewDegrees } = straightAxes(changed({ [at]: 1.00006 }))!;
    expectClose(direction, identity);
    expect(skewDegrees).toBeCloseTo(0, 9);
  });

  it.each([1, 2, 3, 5, 6, 7])('sets axes right that are off by less than a degree: entry %i', (at) => {
    const tangent = (degrees: number) => Math.tan((degrees * Math.PI) / 180);
    expect(straightAxes(changed({ [at]: tangent(0.999) }))!.skewDegrees).toBeCloseTo(0.999, 9);
    expect(straightAxes(changed({ [at]: -tangent(0.5) }))!.skewDegrees).toBeCloseTo(0.5, 9);
    expect(straightAxes(changed({ [at]: tangent(1.001) }))).toBeNull();
  });

  it('finds none for axes without length, or for NaN and infinite numbers', () => {
    for (const wrong of [changed({ 4: 0 }), changed({ 0: Number.NaN }), new Array<number>(9).fill(0)]) {
      expect(straightAxes(wrong)).toBeNull();
    }
  });

  it('keeps mirrored axes mirrored', () => {
    const mirrored = changed({ 8: -1, 1: 0.005 });
    const { direction } = straightAxes(mirrored)!;
    expect(determinant(asMatrix3(direction))).toBeCloseTo(-1, 12);
    expect(direction[8]).toBe(-1);
  });
});

it('finds the rotation of a matrix that is stretched along any axes', () => {
  const stretch = [1.1, 0.02, -0.03, 0.02, 0.9, 0.05, -0.03, 0.05, 1.05];
  expectClose(nearestRotation(stretch), identity);
  expectClose(nearestRotation(product(turned, stretch)), turned);
  const swapped = [0, 1, 0, 0, 0, 1, 1, 0, 0];
  expectClose(nearestRotation(product(swapped, stretch)), swapped);
  const flat = [1, 2, 3, 2, 4, 6, 0, 0, 1];
  expect(nearestRotation(flat)).toEqual(flat);
});

it('has the determinant of a matrix', () => {
  expect(determinant([2, 0, 0, 0, 3, 0, 0, 0, 5])).toBe(30);
  expect(determinant([0, 1, 0, 0, 0, 1, 1, 0, 0])).toBe(1);
  expect(determinant([0, 1, 0, 1, 0, 0, 0, 0, 1])).toBe(-1);
  // by hand: 1 (5·10 − 6·8) − 2 (4·10 − 6·7) + 3 (4·8 − 5·7)
  expect(determinant([1, 2, 3, 4, 5, 6, 7, 8, 10])).toBe(-3);
});
