import { counterRandom } from '@nnunet/tensor';
import { expect, it } from 'vitest';
import { filterSplineVolume, SPLINE_GAIN, splineVolume } from './spline-coefficients.ts';

/** d c b | a b c d | c b a */
const mirrored = (i: number, n: number): number =>
  n === 1 ? 0 : i < 0 ? mirrored(-i, n) : i > n - 1 ? mirrored(2 * (n - 1) - i, n) : i;

it.each([
  [[4, 5, 3], false],
  [[2, 3, 31], false],
  [[31, 2, 2], false],
  [[1, 40, 2], false],
  [[3, 1, 30], false],
  [[2, 30, 1], false],
  [[5, 1, 1], false],
  [[3, 4, 6], true],
  [[2, 1, 35], true],
  [[1, 33, 4], true],
])('turns the samples of %j, in the plane: %s, into coefficients of a spline through them', (shape, inPlane) => {
  const [n0, n1, n2] = shape as [number, number, number];
  const samples = counterRandom('samples').fillNormal(new Float32Array(n0 * n1 * n2));
  const volume = splineVolume(shape, inPlane, new Float64Array(0));
  const { values, stride0, stride1, origin } = volume;
  const at = (z: number, y: number, x: number) => origin + z * stride0 + y * stride1 + x;
  const filtered = shape.map((n, axis) => n > 1 && !(inPlane && axis === 0));
  const gain = filtered.reduce((product, is) => (is ? product * SPLINE_GAIN : product), 1);
  for (let i = 0; i < samples.length; i++)
    values[at(Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2)] = gain * samples[i]!;
  filterSplineVolume(volume, inPlane);
  // A cubic B-spline weighs its three nearest coefficients by 1, 4 and 1 sixths at a sample.
  const near = (axis: number) =>
    inPlane && axis === 0
      ? [[0, 1] as const]
      : ([
          [-1, 1 / 6],
          [0, 2 / 3],
          [1, 1 / 6],
        ] as const);
  let greatest = 0;
  for (let i = 0; i < samples.length; i++) {
    const [z, y, x] = [Math.floor(i / (n1 * n2)), Math.floor(i / n2) % n1, i % n2];
    let sum = 0;
    for (const [a, u] of near(0))
      for (const [b, v] of near(1)) for (const [c, w] of near(2)) sum += u * v * w * values[at(z + a, y + b, x + c)]!;
    greatest = Math.max(greatest, Math.abs(sum - samples[i]!));
  }
  expect(greatest).toBeLessThan(1e-13);
  // One voxel before and two after each axis are filled by mirroring.
  const reach = (n: number, axis: number) => (inPlane && axis === 0 ? [0, n - 1] : [-1, n + 1]);
  const [[z0, z1], [y0, y1], [x0, x1]] = shape.map(reach) as [number[], number[], number[]];
  let wrong = 0;
  for (let z = z0!; z <= z1!; z++)
    for (let y = y0!; y <= y1!; y++)
      for (let x = x0!; x <= x1!; x++)
        if (values[at(z, y, x)] !== values[at(mirrored(z, n0), mirrored(y, n1), mirrored(x, n2))]) wrong++;
  expect(wrong).toBe(0);
});

it('lays a volume out in what is given, cleared, where that is large enough', () => {
  const size = { inPlane: 2 * 6 * 7, all: 5 * 6 * 7 };
  const given = new Float64Array(size.all).fill(3);
  const flat = splineVolume([2, 3, 4], true, given);
  expect(flat).toMatchObject({ shape: [2, 3, 4], stride0: 42, stride1: 7, origin: 8 });
  expect(flat.values).toBe(given);
  expect([given.lastIndexOf(0), given.indexOf(3)]).toEqual([size.inPlane - 1, size.inPlane]);
  const whole = splineVolume([2, 3, 4], false, given);
  expect(whole.values).toBe(given);
  expect(whole.origin).toBe(50);
  expect(given.every((value) => value === 0)).toBe(true);
  const grown = splineVolume([2, 3, 4], false, new Float64Array(size.all - 1));
  expect(grown.values).toHaveLength(size.all);
});
