import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import type { CoordinateRows } from './coordinate-rows.ts';
import { splineVolume } from './spline-coefficients.ts';
import { sampleCubic } from './spline-sampling.ts';

/** The cubic B-spline. */
function bump(x: number): number {
  const a = Math.abs(x);
  return a < 1 ? 2 / 3 - a * a + (a * a * a) / 2 : a < 2 ? (2 - a) ** 3 / 6 : 0;
}

interface Asked {
  /** Of the loader patch, and the box of it that has coefficients. */
  size: number[];
  lower: number[];
  shape: number[];
  inPlane?: boolean;
  continued?: number | null;
}

/** Values at points (z, y, x), by the sampling and by the sum over all coefficients. */
function sampled({ size, lower, shape, inPlane = false, continued = null }: Asked, points: number[][]) {
  const volume = splineVolume(shape, inPlane, new Float64Array(0));
  const { values, stride0, stride1, origin } = volume;
  const random = counterRandom('coefficients');
  for (let i = 0; i < values.length; i++) values[i] = random.uniformBetween(1, 2);
  const columns = [0, 1, 2].map((axis) => Float64Array.from(points, (point) => point[axis]!));
  const axes = [0, 1, 2].map(() => new Float64Array(points.length));
  const rows = {
    shape: [1, 1, points.length],
    loaderPatchSize: size,
    inPlane,
    axis0: axes[0],
    axis1: axes[1],
    axis2: axes[2],
    fill: () => axes.forEach((axis, d) => void axis.set(columns[d]!)),
  } as unknown as CoordinateRows;
  const out = new Float32Array(points.length).fill(-9);
  sampleCubic({ volume, regionLower: lower, rows, continued, out });
  const direct = points.map((point) => {
    const [pz, py, px] = point.map((p, d) =>
      continued === null || (inPlane && d === 0) ? p : Math.min(Math.max(p, -continued), size[d]! - 1 + continued),
    ) as [number, number, number];
    let sum = 0;
    for (let z = inPlane ? 0 : -1; z < shape[0]! + (inPlane ? 0 : 2); z++)
      for (let y = -1; y < shape[1]! + 2; y++)
        for (let x = -1; x < shape[2]! + 2; x++) {
          const [dz, dy, dx] = [pz - lower[0]! - z, py - lower[1]! - y, px - lower[2]! - x];
          const weight = (inPlane ? Number(dz === 0) : bump(dz)) * bump(dy) * bump(dx);
          sum += weight * values[origin + z * stride0 + y * stride1 + x]!;
        }
    return sum;
  });
  return { found: [...out], direct };
}

const near = (values: number[]) => values.map((value) => expect.closeTo(value, 5));

it.each([false, true])('is the sum of the B-splines around a point, in the plane: %s', (inPlane) => {
  const z = (value: number) => (inPlane ? Math.floor(value) : value);
  const points = [
    [z(1), 2, 3],
    [z(0), 0, 0],
    [z(2), 4, 5],
    [z(0.25), 1.5, 2.75],
    [z(1.9), 0.1, 4.6],
    [z(0.6), 3.99, 0.01],
  ];
  const { found, direct } = sampled({ size: [3, 5, 6], lower: [0, 0, 0], shape: [3, 5, 6], inPlane }, points);
  expect(found).toEqual(near(direct));
  // The coefficients of a part of the patch.
  const part = { size: [9, 12, 13], lower: [2, 3, 4], shape: [3, 5, 6], inPlane };
  const moved = sampled(
    part,
    points.map(([a, b, c]) => [a! + 2, b! + 3, c! + 4]),
  );
  expect(moved.found).toEqual(near(direct));
});

const around = (values: number[], axes: number[]) =>
  axes.flatMap((axis) => values.map((value) => [1, 2, 3].map((middle, d) => (d === axis ? value : middle))));

it('is 0 outside of the patch, and where there are no coefficients', () => {
  const size = [5, 5, 5];
  const whole = { size, lower: [0, 0, 0], shape: size };
  expect(sampled(whole, around([-0.001, 4.001], [0, 1, 2])).found).toEqual([0, 0, 0, 0, 0, 0]);
  const edges = sampled(whole, around([0, 4], [0, 1, 2]));
  expect(edges.found).toEqual(near(edges.direct));
  expect(Math.min(...edges.found)).toBeGreaterThan(0.9);
  const part = { size: [9, 9, 9], lower: [0, 1, 2], shape: [3, 3, 3] };
  const beyond = [
    [3, 2, 3],
    [1, 0.999, 3],
    [1, 4, 3],
    [1, 2, 1.999],
    [1, 2, 5],
  ];
  expect(sampled(part, beyond).found).toEqual([0, 0, 0, 0, 0]);
  const within = [
    [2.999, 2, 3],
    [1, 1, 3],
    [1, 3.999, 3],
    [1, 2, 2],
    [1, 2, 4.999],
  ];
  const { found, direct } = sampled(part, within);
  expect(found).toEqual(near(direct));
  expect(sampled({ ...part, lower: [1, 1, 1] }, [[0.5, 2, 2]]).found).toEqual([0]);
});

it.each([false, true])('has the value at the end of continued edges beyond them, in the plane: %s', (inPlane) => {
  // Edges of 5 voxels continued by 2 on either side.
  const asked = {
    size: [5, 5, 5],
    lower: inPlane ? [0, -2, -2] : [-2, -2, -2],
    shape: inPlane ? [5, 9, 9] : [9, 9, 9],
    inPlane,
    continued: 2,
  };
  const points = around([-7, -2, -1.5, 5.5, 6, 11], inPlane ? [1, 2] : [0, 1, 2]);
  const { found, direct } = sampled(asked, points);
  expect(found).toEqual(near(direct));
  expect(Math.min(...found)).toBeGreaterThan(0.9);
});
