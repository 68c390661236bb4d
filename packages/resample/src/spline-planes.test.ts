import { expect, it } from 'vitest';
import { KernelMemory } from './plane-kernels.ts';
import { SplinePlanes } from './spline-planes.ts';

const SAMPLES = 150;
const SIZE = 3;
const GAIN = 6;

/** Made-up planes, and a function that gives a plane of their coefficients. */
function splines(bytes: number, end = SAMPLES + 4) {
  const source = Float64Array.from({ length: SAMPLES * SIZE }, (_, i) => 100 * Math.sin(i * i * 0.37));
  const memory = new KernelMemory(SplinePlanes.bytes(SAMPLES, SIZE, bytes));
  const planes = new SplinePlanes(memory, SAMPLES, SIZE, bytes);
  planes.use(source, end);
  const { buffer } = memory.float64(0);
  return { source, plane: (at: number) => [...new Float64Array(buffer, planes.plane(at), SIZE)] };
}

function expectClose(a: readonly number[], b: readonly number[]) {
  a.forEach((v, i) => {
    expect(Math.abs(v - b[i]!)).toBeLessThan(1e-11);
  });
}

it('gives coefficients whose spline goes through the samples', () => {
  for (const bytes of [0, 1e6]) {
    const { source, plane } = splines(bytes);
    const all = Array.from({ length: SAMPLES + 4 }, (_, at) => plane(at));
    for (let sample = 0; sample < SAMPLES; sample++) {
      const [before, here, after] = [all[sample + 1]!, all[sample + 2]!, all[sample + 3]!];
      const spline = here.map((v, i) => GAIN * (before[i]! / 6 + (2 * v) / 3 + after[i]! / 6));
      expectClose(spline, [...source.subarray(sample * SIZE, (sample + 1) * SIZE)]);
    }
  }
});

it('gives the same planes in any order', () => {
  const { plane } = splines(1e6);
  const some = splines(0);
  for (const at of [100, 103, 104, 20, 21, 153, 0, 5, 60, 120, 119, 10]) expectClose(some.plane(at), plane(at));
});

it('gives the same planes when later ones are not made', () => {
  const { plane } = splines(1e6);
  const some = splines(0, 61);
  for (const at of [30, 31, 32, 60]) expectClose(some.plane(at), plane(at));
});

it('keeps the three planes before the one it gave', () => {
  const memory = new KernelMemory(SplinePlanes.bytes(SAMPLES, SIZE, 0));
  const planes = new SplinePlanes(memory, SAMPLES, SIZE, 0);
  planes.use(new Float32Array(SAMPLES * SIZE).fill(1), SAMPLES + 4);
  for (let at = 0; at < SAMPLES; at++) {
    const last = planes.plane(at + 3);
    const pitch = KernelMemory.bytesOf(SIZE);
    expect([0, 1, 2].map((i) => planes.plane(at + i))).toEqual([last - 3 * pitch, last - 2 * pitch, last - pitch]);
  }
});
