import { isNnUNetError } from '@nnunet/errors';
import { isSpokenRightly } from '@nnunet/testing';
import type { Triple } from '@nnunet/volume';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stackSlices } from '../stack-slices.ts';
import type { DicomSlice } from './dicom-slice.ts';
import { orderSlices } from './order-slices.ts';

// turned by 30 degrees around x; the normal is (0, -1/2, √3/2)
const [c, s] = [Math.sqrt(3) / 2, 0.5];
const direction = [1, 0, 0, 0, c, -s, 0, s, c];

/** Slices at distances along the normal, whose voxels are their indices. */
function stackAt(places: readonly number[], more: (k: number) => Partial<DicomSlice> = () => ({})): DicomSlice[] {
  return places.map((mm, k) => ({
    name: `${k}.dcm`,
    series: '1.2',
    title: '',
    frameOfReference: '1.3',
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
    expect(isNnUNetError(error, 'bad-image') && isSpokenRightly(error, 'folder'), String(error)).toBe(true);
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
        const mixed = sorted.map((slice, k) => ({ slice, key: keys[k]! })).sort((a, b) => a.key - b.key);
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
    expect(refusal(stackAt(changing))).toMatch(/not evenly spaced: \d+\.dcm is out of place/);
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
    expect(refusal(odd({ direction: turned }))).toContain('1.dcm has another orientation than 0.dcm');
    expect(refusal(odd({ spacing: [1, 0.5, 0.501] }))).toContain('1.dcm has another pixel spacing than 0.dcm');
    const { slices } = orderSlices(odd({ rows: 2, data: new Int16Array(4) }), 'folder');
    expect(() => stackSlices(slices, 'folder')).toThrow(/1\.dcm has 2 x 2 pixels, 0\.dcm 1 x 2/);
  });
});

describe('stackSlices', () => {
  it('takes the smallest type that holds all', () => {
    const stack = (...data: DicomSlice['data'][]) =>
      stackSlices(
        stackAt(data.map((_, k) => k)).map((slice, k) => ({ ...slice, data: data[k]! })),
        'folder',
      );
    expect(stack(Int16Array.of(1, 2), Int16Array.of(3, 4))).toEqual(Int16Array.of(1, 2, 3, 4));
    expect(stack(Int16Array.of(-1, 2), Uint16Array.of(3, 65535))).toEqual(Int32Array.of(-1, 2, 3, 65535));
    expect(stack(Int16Array.of(1, 2), Float64Array.of(0.5, 4))).toEqual(Float64Array.of(1, 2, 0.5, 4));
    expect(stack(BigInt64Array.of(1n, 2n), Uint8Array.of(3, 4))).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(stack(Uint8Array.of(3, 4), BigInt64Array.of(1n, 2n))).toEqual(Float64Array.of(3, 4, 1, 2));
    const large = [1n, 2n, 3n, 4n];
    expect(stack(BigInt64Array.from(large.slice(0, 2)), BigInt64Array.from(large.slice(2)))).toEqual(BigInt64Array.from(large)); // biome-ignore format: a row
  });
});

describe('limits of a regular stack', () => {
  it('takes one slice by its own thickness', () => {
    expect(
      orderSlices(
        stackAt([7], () => ({ spacing: [4, 1, 1] })),
        'folder',
      ).step,
    ).toBe(4);
  });

  it('sees two slices at one place from a hundredth of the usual distance on', () => {
    expect(refusal(stackAt([0, 10, 10.09, 20, 30]))).toContain('1.dcm and 2.dcm have the same position');
    expect(refusal(stackAt([0, 10, 10.11, 20, 30]))).not.toContain('same place');
    expect(refusal(stackAt([0, 0.00009]))).toContain('0.dcm and 1.dcm have the same position');
    expect(refusal(stackAt([0, 0.00011]))).toBe('taken');
  });

  it('sees a gap from one and a half of the usual distance on', () => {
    // The lower of two distances in the middle is the usual one.
    expect(refusal(stackAt([0, 10, 20, 30, 45.1]))).toContain('a slice is missing between 3.dcm and 4.dcm');
    expect(refusal(stackAt([0, 10, 20, 30, 44.9]))).toMatch(/not evenly spaced: \d\.dcm/);
    expect(refusal(stackAt([0, 10, 25.1]))).toContain('missing between 1.dcm and 2.dcm');
    const numbered = (instances: number[]) => stackAt([0, 10, 20, 50], (k) => ({ instance: instances[k]! }));
    expect(refusal(numbered([1, 2, 3, 6]))).toContain(
      '2 slices are missing between 2.dcm and 3.dcm (at 5, -5, 45.981 mm, instance 4 to 5)',
    );
    expect(refusal(numbered([6, 5, 4, 1]))).toContain('instance 2 to 3)');
    expect(refusal(numbered([1, 2, 3, 9]))).not.toContain('instance');
    expect(refusal(stackAt([0, 10, 30], (k) => ({ instance: [1, 2, 4][k]! })))).toContain('instance 3)');
  });

  it('takes a slice up to a tenth of the step off its place', () => {
    expect(refusal(stackAt([0, 10.9, 20, 30]))).toBe('taken');
    expect(refusal(stackAt([0, 11.1, 20, 30]))).toContain('1.dcm is out of place by more than a tenth of 10.000 mm');
    expect(refusal(stackAt([0, 8.9, 20, 30]))).toContain('1.dcm is out of place');
  });

  it('takes a drift to the side of a hundredth of the length', () => {
    const drifting = (share: number) =>
      stackAt([0, 10, 20], (k) => ({ position: [5 + share * 10 * k, 10 - s * 10 * k, 20 + c * 10 * k] }));
    expect(refusal(drifting(0.0099))).toBe('taken');
    // atan(0.0101) = 0.58°
    expect(refusal(drifting(0.0101))).toContain('is sheared: its slices are offset at 0.6° to their normal');
    expect(refusal(drifting(-0.5))).toContain('at 26.6°');
  });

  it('takes direction cosines and spacings that differ by no more than 0.0001', () => {
    const odd = (more: Partial<DicomSlice>) => refusal(stackAt([0, 1, 2], (k) => (k === 1 ? more : {})));
    const turned = (by: number) => [...direction.slice(0, 4), c + by, ...direction.slice(5)];
    expect([odd({ direction: turned(0.00009) }), odd({ direction: turned(-0.00009) })]).toEqual(['taken', 'taken']);
    for (const by of [0.00011, -0.00011]) expect(odd({ direction: turned(by) })).toContain('another orientation');
    expect(odd({ spacing: [9, 0.5 * 1.00009, 0.5] })).toBe('taken');
    for (const share of [1.00011, 0.99989]) {
      expect(odd({ spacing: [1, 0.5 * share, 0.5] })).toContain('another pixel spacing');
      expect(odd({ spacing: [1, 0.5, 0.5 * share] })).toContain('another pixel spacing');
    }
  });

  it('lists several series by what they are called', () => {
    const series = stackAt([0, 1, 2], (k) => ({ series: k < 2 ? '' : '1.3', title: k < 2 ? '' : 'Late' }));
    expect(refusal(series)).toContain(
      'holds 2 series:\n  - without a UID: 2 files, e.g. 0.dcm\n  - "Late", 1.3: 1 file, e.g. 2.dcm\n',
    );
  });
});
