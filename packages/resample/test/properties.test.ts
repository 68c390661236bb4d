import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Order } from '../src/axis-kernel.ts';
import { type ResampleOptions, resampleData, resampleLabels } from '../src/resample.ts';
import { resize } from '../src/resize.ts';
import { resizeSegmentation } from '../src/resize-segmentation.ts';

const order = fc.constantFrom<Order[]>(0, 1, 3);
/** Axes of one voxel come often. */
const length = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 7 }));
const shape = fc.tuple(length, length, length);
const newShape = fc.tuple(length, length, fc.integer({ min: 1, max: 15 }));
const separateAxis = fc.constantFrom(null, 0, 1, 2);
const options = fc.record({ shape, newShape, order, separateAxis, orderZ: order });
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const runs = { numRuns: 300 };

const sizeOf = (axes: readonly number[]) => axes.reduce((a, b) => a * b, 1);

/** Values without a pattern, in [0, 1). */
function scatter(count: number, from: number): Float64Array {
  const values = new Float64Array(count);
  for (let i = 0, state = from; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = state / 2 ** 32;
  }
  return values;
}

const imageOf = (axes: readonly number[], from: number) =>
  Float32Array.from(scatter(sizeOf(axes), from), (v) => 2000 * v - 1000);

/** Labels −1 … 3 with a gap, some in patches. */
const labelsOf = (axes: readonly number[], from: number) =>
  Float32Array.from(scatter(sizeOf(axes), from), (v, i) => [-1, 0, 1, 3][Math.floor(4 * (i % 3 ? v : v / 2))]!);

function mirrored(data: Float32Array, [nz, ny, nx]: readonly [number, number, number]): Float32Array {
  const out = new Float32Array(data.length);
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) out[((nz - 1 - z) * ny + ny - 1 - y) * nx + nx - 1 - x] = data[at]!;
  return out;
}

/** Greatest absolute difference; NaN where one is not a number. */
function difference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
}

it('keeps a constant image constant', () => {
  const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -3e4, max: 3e4 });
  fc.assert(
    fc.property(options, value, (given, constant) => {
      const out = resampleData(new Float32Array(sizeOf(given.shape)).fill(constant), given);
      expect(out.length).toBe(sizeOf(given.newShape));
      expect(out.every((v) => v === constant)).toBe(true);
    }),
    runs,
  );
});

it('keeps a label map of one label as it is', () => {
  fc.assert(
    fc.property(options, fc.constantFrom(-1, 0, 1, 7), (given, label) => {
      const out = resampleLabels(new Float32Array(sizeOf(given.shape)).fill(label), given);
      expect(out.length).toBe(sizeOf(given.newShape));
      expect(out.every((v) => v === label)).toBe(true);
    }),
    runs,
  );
});

it('stays within the values of the image, but for splines along the separate axis', () => {
  fc.assert(
    fc.property(options, seed, (given, from) => {
      fc.pre(given.separateAxis === null || given.orderZ !== 3);
      const image = imageOf(given.shape, from);
      for (const out of [resampleData(image, given), resize(image, given.shape, given.newShape, given.order)]) {
        expect(Math.min(...out)).toBeGreaterThanOrEqual(Math.min(...image));
        expect(Math.max(...out)).toBeLessThanOrEqual(Math.max(...image));
      }
    }),
    runs,
  );
});

it('writes a label where its own map, resized, reaches one half, the largest last', () => {
  fc.assert(
    fc.property(shape, newShape, fc.constantFrom<Order[]>(1, 3), seed, (from3, to3, by, from) => {
      const labels = labelsOf(from3, from);
      const out = resizeSegmentation(labels, from3, to3, by);
      const expected = new Float32Array(sizeOf(to3));
      const ties = new Set<number>();
      for (const label of [-1, 0, 1, 3]) {
        const map = Float64Array.from(labels, (v) => (v === label ? 1 : 0));
        const resized = resize(map, from3, to3, by);
        resized.forEach((v, i) => {
          if (v >= 0.5) expected[i] = label;
          // sums of weights are rounded in another order
          if (Math.abs(v - 0.5) < 1e-12) ties.add(i);
        });
      }
      for (const i of ties) expected[i] = out[i]!;
      expect(out).toEqual(expected);
    }),
    runs,
  );
});

it('makes up no label, and by the nearest rule no value', () => {
  fc.assert(
    fc.property(options, seed, (given, from) => {
      const labels = labelsOf(given.shape, from);
      const known = new Set([0, ...labels]);
      expect(resampleLabels(labels, given).every((label) => known.has(label))).toBe(true);
      const flat = resizeSegmentation(labels, given.shape, given.newShape, given.order);
      expect(flat.every((label) => known.has(label))).toBe(true);
      const image = imageOf(given.shape, from);
      const values = new Set(image);
      const nearest = resampleData(image, { ...given, order: 0, orderZ: 0 });
      expect(nearest.every((value) => values.has(value))).toBe(true);
    }),
    runs,
  );
});

it('comes back from a grid that is an odd number of times finer', () => {
  const factor = fc.constantFrom(1, 3, 5);
  const factors = fc.tuple(factor, factor, factor);
  fc.assert(
    fc.property(options, factors, seed, (given, times, from) => {
      const finer = given.shape.map((n, axis) => n * times[axis]!);
      const there: ResampleOptions = { ...given, newShape: finer };
      const back: ResampleOptions = { ...given, shape: finer, newShape: given.shape };
      const image = imageOf(given.shape, from);
      // the coarse samples are samples of the finer grid, where all interpolations give the sample itself
      expect(difference(resampleData(resampleData(image, there), back), image)).toBeLessThan(2e-3);
      const labels = labelsOf(given.shape, from);
      expect(resampleLabels(resampleLabels(labels, there), back)).toEqual(labels);
    }),
    runs,
  );
});

it('gives the mirror image of a mirrored image', () => {
  fc.assert(
    fc.property(shape, newShape, fc.constantFrom<Order[]>(1, 3), seed, (from3, to3, by, from) => {
      const image = imageOf(from3, from);
      const out = resize(mirrored(image, from3), from3, to3, by);
      expect(difference(out, mirrored(resize(image, from3, to3, by), to3))).toBeLessThan(2e-3);
    }),
    runs,
  );
});

it('treats an axis of one voxel as an image without that axis', () => {
  fc.assert(
    fc.property(shape, newShape, order, fc.integer({ min: 0, max: 2 }), seed, (from3, to3, by, axis, from) => {
      const thick = from3.map((n, i) => (i === axis ? 1 : n));
      const image = imageOf(thick, from);
      const slice = resize(
        image,
        thick.filter((_, i) => i !== axis),
        to3.filter((_, i) => i !== axis),
        by,
      );
      const out = resize(image, thick, to3, by);
      // every slice along the axis is the one slice, resized in the plane
      const inner = sizeOf(to3.slice(axis + 1));
      const expected = Float32Array.from(out, (_, i) => {
        const outer = Math.floor(i / (inner * to3[axis]!));
        return slice[outer * inner + (i % inner)]!;
      });
      expect(difference(out, expected)).toBeLessThan(2e-3);
    }),
    runs,
  );
});
