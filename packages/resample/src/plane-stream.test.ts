import { expect, it } from 'vitest';
import type { Shape3 } from './image-shape.ts';
import { PlaneStream } from './plane-stream.ts';
import { kernelsOf } from './resample.ts';
import { resize, resizeSlabs } from './resize.ts';

function wavy(shape: Shape3): Float64Array {
  const data = new Float64Array(shape[0] * shape[1] * shape[2]);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * i * 0.37) * 50 + (i % 7);
  return data;
}

for (const outputs of [300, 120]) {
  it(`filters a long volume in slabs as it does at once (200 to ${outputs} planes)`, () => {
    const shape: Shape3 = [200, 5, 6];
    const data = wavy(shape);
    const kernels = kernelsOf(shape, [outputs, 7, 4], 3, null);
    const whole = new PlaneStream(data, kernels);
    const slabs = new PlaneStream(data, kernels, { coefficientBytes: 0 });
    for (let k = 0; k < outputs; k++) {
      const a = whole.plane(k);
      const b = slabs.plane(k);
      for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-11);
    }
  });
}

it('resizes in slabs to the same values as at once', () => {
  const shape: Shape3 = [9, 8, 7];
  const data = wavy(shape);
  const newShape: Shape3 = [13, 5, 10];
  const slabs: number[] = [];
  const firsts: number[] = [];
  resizeSlabs({ data, shape, newShape, order: 3, planesPerSlab: 4 }, (slab, first) => {
    slabs.push(...slab);
    firsts.push(first);
  });
  expect(firsts).toEqual([0, 4, 8, 12]);
  expect(slabs).toEqual([...resize(data, shape, newShape, 3)]);
});

it('gives a plane again when it is asked for again', () => {
  const shape: Shape3 = [6, 4, 4];
  const stream = new PlaneStream(wavy(shape), kernelsOf(shape, [11, 6, 6], 1, null));
  const second = [...stream.plane(2)];
  stream.plane(7);
  expect([...stream.plane(2)]).toEqual(second);
});
