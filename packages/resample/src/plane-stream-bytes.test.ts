import { describe, expect, it } from 'vitest';
import { axisKernel, type Order } from './axis-kernel.ts';
import type { Shape3 } from './image-shape.ts';
import { KernelMemory } from './plane-kernels.ts';
import { PlaneStream, planeStreamBytes } from './plane-stream.ts';
import { kernelsOf, resampleData, resampleDataOrSeg, resampleLabels } from './resample.ts';
import { ResampledPlanes } from './resampled-planes.ts';
import { resizeSlabs } from './resize.ts';
import { SplinePlanes } from './spline-planes.ts';

describe('the memory of a stream', () => {
  const shapes: [Shape3, Shape3][] = [
    [
      [6, 7, 8],
      [9, 10, 11],
    ],
    [
      [6, 7, 8],
      [4, 5, 3],
    ],
    [
      [6, 7, 8],
      [9, 5, 11],
    ],
    [
      [6, 7, 8],
      [4, 10, 3],
    ],
    [
      [6, 7, 8],
      [6, 10, 11],
    ],
    [
      [6, 7, 8],
      [9, 7, 11],
    ],
    [
      [6, 7, 8],
      [9, 10, 8],
    ],
    [
      [6, 7, 8],
      [6, 7, 11],
    ],
    [
      [300, 7, 8],
      [400, 9, 5],
    ],
    [
      [300, 7, 8],
      [200, 9, 5],
    ],
  ];

  it.each(shapes)('is what is asked for, to the byte: %j to %j', (from, to) => {
    for (const order of [0, 1, 3] as const) {
      for (const coefficientBytes of [undefined, 0, 40_000]) {
        const kernels = kernelsOf(from, to, order, null);
        let memory: KernelMemory | undefined;
        const memoryOf = (bytes: number) => {
          memory = new KernelMemory(bytes);
          return memory;
        };
        const stream = new PlaneStream(new Float64Array(from[0] * from[1] * from[2]), kernels, {
          memoryOf,
          ...(coefficientBytes === undefined ? {} : { coefficientBytes }),
        });
        expect(stream.plane(0).length).toBe(to[1] * to[2]);
        const bytes = planeStreamBytes(kernels, coefficientBytes);
        expect(memory!.bytes).toBe(bytes);
        // where the next array would begin
        expect(memory!.float64(0).byteOffset).toBe(bytes);
        const options = { shape: from, newShape: to, order };
        expect(ResampledPlanes.bytes(options, coefficientBytes)).toBe(bytes);
      }
    }
  });

  it('begins arrays at multiples of 64 bytes', () => {
    expect([0, 1, 8, 9, 16, 17].map(KernelMemory.bytesOf)).toEqual([0, 64, 64, 128, 128, 192]);
    const memory = new KernelMemory(4096);
    expect([3, 9, 1].map((n) => memory.float64(n).byteOffset)).toEqual([0, 64, 192]);
    memory.clear();
    expect(memory.float64(1).byteOffset).toBe(0);
    // two samples of margin at both ends, 32 rows or columns at a time
    expect(KernelMemory.scratchLength(axisKernel(10, 7, 3))).toBe((20 + 7 + 4) * 32);
  });

  it('holds 45 planes of coefficients at least, and no more than there are', () => {
    const plane = KernelMemory.bytesOf(10);
    expect(SplinePlanes.bytes(1000, 10, 0)).toBe(45 * plane);
    expect(SplinePlanes.bytes(1000, 10, 45 * plane)).toBe(45 * plane);
    expect(SplinePlanes.bytes(1000, 10, 46 * plane)).toBe(46 * plane);
    expect(SplinePlanes.bytes(1000, 10, 46 * plane - 1)).toBe(45 * plane);
    expect(SplinePlanes.bytes(20, 10, 1e9)).toBe((20 + 4 + 5) * plane);
  });
});

it('resamples channels each alone, images and labels', () => {
  const shape = [3, 2, 4, 5];
  const newShape = [3, 6, 7];
  const labels = Float32Array.from({ length: 120 }, (_, i) => (i * 7919) % 4);
  for (const isSegmentation of [false, true]) {
    const options = { newShape, order: 1 as Order, separateAxis: 0, orderZ: 1 as Order };
    const all = resampleDataOrSeg(labels, { ...options, shape, isSegmentation });
    const one = isSegmentation ? resampleLabels : resampleData;
    for (let c = 0; c < 3; c++) {
      const alone = one(labels.slice(40 * c, 40 * (c + 1)), { ...options, shape: [2, 4, 5] });
      expect(all.subarray(126 * c, 126 * (c + 1))).toEqual(alone);
    }
  }
});

it('gives slabs of eight planes where nothing else is said, in one array', () => {
  const data = Float32Array.from({ length: 6 }, (_, i) => i);
  const seen: [first: number, planes: number, length: number][] = [];
  const buffers = new Set<ArrayBufferLike>();
  resizeSlabs({ data, shape: [3, 1, 2], newShape: [19, 2, 2], order: 1 }, (slab, first, planes) => {
    seen.push([first, planes, slab.length]);
    buffers.add(slab.buffer);
  });
  expect(seen).toEqual([
    [0, 8, 32],
    [8, 8, 32],
    [16, 3, 12],
  ]);
  expect(buffers.size).toBe(1);
});

it('can be made plane by plane where no slices must be there first', () => {
  const possible = (order: Order, orderZ?: Order, separateAxis?: number, newShape = [4, 6, 7]) =>
    ResampledPlanes.possible({
      shape: [3, 5, 7],
      newShape,
      order,
      ...(orderZ === undefined ? {} : { orderZ }),
      ...(separateAxis === undefined ? {} : { separateAxis }),
    });
  expect([possible(3), possible(3, 3), possible(3, 0, 0), possible(3, undefined, 0), possible(1, 1, 0)]).not.toContain(
    false,
  );
  expect([possible(3, 1, 0), possible(1, 3, 0), possible(3, 3, 1)]).not.toContain(true);
  // An axis that keeps its length is not interpolated along.
  expect([possible(3, 1, 2), possible(3, 1, 0, [3, 6, 7])]).toEqual([true, true]);
});

describe('a kernel of an axis', () => {
  it('keeps an axis of the same length, whatever the order', () => {
    for (const order of [0, 1, 3] as const) {
      const { order: own, taps, index, weights } = axisKernel(3, 3, order);
      expect([own, taps, [...index], [...weights]]).toEqual([0, 1, [0, 1, 2], [1, 1, 1]]);
    }
  });

  it('reads between the two voxels around, the ends continued', () => {
    // two voxels become four, at -0.25, 0.25, 0.75 and 1.25
    const { index, weights, taps } = axisKernel(2, 4, 1);
    expect([taps, [...index], [...weights]]).toEqual([
      2,
      [0, 1, 0, 1, 0, 1, 1, 1],
      [1, 0, 0.75, 0.25, 0.25, 0.75, 1, 0],
    ]);
  });

  it('reads four coefficients of a spline, from two before the line on', () => {
    // at -0.25 and 1.25: cubic B-spline weights of 3/4 and 1/4, times six
    const { index, weights, taps } = axisKernel(2, 4, 3);
    expect([taps, [...index.subarray(0, 4)], [...index.subarray(12)]]).toEqual([4, [0, 1, 2, 3], [2, 3, 4, 5]]);
    const expected = [1 / 64, 4 - 6 * (9 / 16) + 3 * (27 / 64), 4 - 6 * (1 / 16) + 3 / 64, 27 / 64];
    const quarter = [27 / 64, expected[2]!, expected[1]!, 1 / 64];
    for (let t = 0; t < 4; t++) {
      expect(weights[t]).toBeCloseTo(expected[t]!, 12);
      expect(weights[12 + t]).toBeCloseTo(quarter[t]!, 12);
    }
  });
});
