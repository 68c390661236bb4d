import { isNnUNetError } from '@nnunet/errors';
import type { Triple } from '@nnunet/volume';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DicomSlice } from './dicom-slice.ts';
import { orderSlices } from './order-slices.ts';
import { stackSlices } from './stack-slices.ts';

// turned by 30 degrees around x; the normal is (0, -1/2, √3/2)
const [c, s] = [Math.sqrt(3) / 2, 0.5];
const direction = [1, 0, 0, 0, c, -s, 0, s, c];

/** Slices at distances along the normal, whose voxels are their indices. */
function stackAt(places: readonly number[], more: (k: number) => Partial<DicomSlice> = () => ({})): DicomSlice[] {
  return places.map((mm, k) => ({
    name: `${k}.dcm`,
    series: '1.2',
    title: '',
    position: [5, 10 - s * mm, 20 + c * mm] as Triple,
    direction,
    spacing: [1, 0.5, 0.5] as Triple,
    instance: Number.NaN,
    rows: 1,
    columns: 2,
    data: Int16Array.of(k, k),
    ...more(k),
  }));
}

const refusal = (slices: DicomSlice[]): string => {
  try {
    orderSlices(slices, 'folder');
  } catch (error) {
    expect(isNnUNetError(error, 'bad-image')).toBe(true);
    return (error as Error).message;
  }
  return 'taken';
};

describe('orderSlices', () => {
  it('finds order and step whatever the order of the files', () => {
    const cases = fc.record({
      step: fc.double({ min: 0.1, max: 10, noNaN: true }),
      start: fc.double({ min: -500, max: 500, noNaN: true }),
      count: fc.integer({ min: 2, max: 30 }),
      keys: fc.array(fc.double({ noNaN: true }), { minLength: 30, maxLength: 30 }),
    });
    fc.assert(
      fc.property(cases, ({ step, start, count, keys }) => {
        const sorted = stackAt(Array.from({ length: count }, (_, k) => start + k * step));
        const mixed = sorted.map((slice, k) => ({ slice, key: keys[k] })).sort((a, b) => a.key - b.key);
        const found = orderSlices(
          mixed.map(({ slice }) => slice),
          'folder',
        );
        expect(found.slices).toEqual(sorted);
        expect(Math.abs(found.step - step)).toBeLessThan(1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('takes positions rounded to 0.1 mm, and refuses distances that change', () => {
    const rounded = Array.from({ length: 20 }, (_, k) => Math.round(6.25 * k) / 10);
    expect(orderSlices(stackAt(rounded), 'folder').step).toBeCloseTo(0.626, 2);
    const changing = Array.from({ length: 20 }, (_, k) => (k < 10 ? k : 9 + 1.3 * (k - 9)));
    expect(refusal(stackAt(changing))).toMatch(/not evenly spaced: \d+\.dcm is off its place/);
  });

  it('finds each gap, even where only three slices are left', () => {
    for (let missing = 1; missing < 9; missing++) {
      const places = Array.from({ length: 10 }, (_, k) => k * 3).filter((_, k) => k !== missing);
      expect(refusal(stackAt(places))).toContain(`a slice is missing between ${missing - 1}.dcm and ${missing}.dcm`);
    }
    expect(refusal(stackAt([0, 3, 9]))).toContain('a slice is missing between 1.dcm and 2.dcm (at 5, 7, 25.196 mm)');
  });

  it('names slices of another orientation, pixel spacing or size', () => {
    const turned = [...direction.slice(0, 4), c - 0.001, ...direction.slice(5)];
    const odd = (more: Partial<DicomSlice>) => stackAt([0, 1, 2], (k) => (k === 1 ? more : {}));
    expect(refusal(odd({ direction: turned }))).toContain('1.dcm is oriented otherwise than 0.dcm');
    expect(refusal(odd({ spacing: [1, 0.5, 0.501] }))).toContain('1.dcm has another pixel spacing than 0.dcm');
    const { slices } = orderSlices(odd({ rows: 2, data: new Int16Array(4) }), 'folder');
    expect(() => stackSlices(slices, 'folder')).toThrow(/1\.dcm has 2 x 2 pixels, 0\.dcm 1 x 2/);
  });
});

describe('stackSlices', () => {
  it('takes the smallest type that holds all', () => {
    const stack = (...data: DicomSlice['data'][]) =>
      stackSlices(
        stackAt(data.map((_, k) => k)).map((slice, k) => ({ ...slice, data: data[k] })),
        'folder',
      );
    expect(stack(Int16Array.of(1, 2), Int16Array.of(3, 4))).toEqual(Int16Array.of(1, 2, 3, 4));
    expect(stack(Int16Array.of(-1, 2), Uint16Array.of(3, 65535))).toEqual(Int32Array.of(-1, 2, 3, 65535));
    expect(stack(Int16Array.of(1, 2), Float64Array.of(0.5, 4))).toEqual(Float64Array.of(1, 2, 0.5, 4));
    expect(stack(BigInt64Array.of(1n, 2n), Uint8Array.of(3, 4))).toEqual(Float64Array.of(1, 2, 3, 4));
  });
});
