import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { expect, it } from 'vitest';
import { asReadByV2 } from './as-read-by-v2.ts';

/** A header that says so many axes, in either byte order. */
function header(axes: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(348);
  new DataView(bytes.buffer).setInt16(40, axes, littleEndian);
  return bytes;
}

const image = (change: Partial<Volume<TypedArray>>): Volume<TypedArray> => ({
  data: Float32Array.from({ length: 6 }, (_, i) => i),
  shape: [1, 2, 3],
  spacing: [1, 0.5, 0.25],
  origin: [0, 0, 0],
  direction: [-1, 0, 0, 0, -1, 0, 0, 0, 1],
  ...change,
});
const spacingOf = (change: Partial<Volume<TypedArray>>) => asReadByV2(image(change), false).image.spacing;

it('makes one very thick slice of an image of two axes, in either byte order', () => {
  for (const little of [true, false]) {
    expect(spacingOf({ niftiHeader: header(2, little) })).toEqual([999 * 0.5, 0.5, 0.25]);
    expect(spacingOf({ niftiHeader: header(2, little), spacing: [1, 0.25, 2] })).toEqual([1998, 0.25, 2]);
    expect(spacingOf({ niftiHeader: header(3, little) })).toEqual([1, 0.5, 0.25]);
  }
  expect(spacingOf({})).toEqual([1, 0.5, 0.25]);
  expect(spacingOf({ planar: true })).toEqual([999 * 0.5, 0.5, 0.25]);
  expect(spacingOf({ niftiHeader: header(2, true), shape: [2, 1, 3] })).toEqual([1, 0.5, 0.25]);
});

it('turns an image to RAS where the readers of the model did', () => {
  const flipped = image({ direction: [1, 0, 0, 0, -1, 0, 0, 0, 1] });
  const same = asReadByV2(flipped, false);
  expect([same.image, same.orientation]).toEqual([flipped, { order: [0, 1, 2], flip: [false, false, false] }]);
  const turned = asReadByV2(flipped, true);
  expect([...turned.image.data]).toEqual([2, 1, 0, 5, 4, 3]);
  expect(turned.orientation).toEqual({ order: [0, 1, 2], flip: [false, false, true] });
  const upright = image({});
  expect(asReadByV2(upright, true).image).toBe(upright);
});
