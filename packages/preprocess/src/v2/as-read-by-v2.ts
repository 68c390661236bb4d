import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import type { ImageGeometry, Volume } from '@nnunet/volume';
import { keepsOrientation, type Orientation, orientationToRas, reorient } from './reorient.ts';

export interface ImageV2<T extends TypedArray = TypedArray> {
  image: Volume<T>;
  orientation: Orientation;
}

/** The orientation of images that are not reoriented. */
export const AS_IS: Orientation = { order: [0, 1, 2], flip: [false, false, false] };
/** Spacing of the axis that a 2D image lacks, as a multiple of its greatest spacing. */
const FLAT_SPACING = 999;
/** Offset of the number of axes in a NIfTI-1 header, two bytes. */
const DIMENSIONS_AT = 40;

const READERS = /^(SimpleITKIO|NibabelIO)(WithReorient)?$/;
/** v2's readers of files without a place in the patient, which they read in a way of their own. */
const OWN_FILES = ['NaturalImage2DIO', 'Tiff3DIO'] as const;

/** The name of a reader that reads files in a way of its own, whatever other programs see in them; null for others. */
export function ownReaderV2(reader: string): (typeof OWN_FILES)[number] | null {
  return OWN_FILES.find((name) => name === reader) ?? null;
}

/**
 * Returns whether one of v2's image readers turns images to RAS.
 *
 * @param where for error messages
 * @throws NnUNetError 'unsupported-reader' for the name of another reader
 */
export function reorientsV2(reader: string, where: string): boolean {
  if (READERS.test(reader)) return reader.endsWith('WithReorient');
  if (ownReaderV2(reader) !== null) return false;
  throw new NnUNetError('unsupported-reader', {
    what: `the images are read with ${reader}, which is not supported`,
    where,
    remedy: 'Only SimpleITKIO, NibabelIO, their WithReorient variants, NaturalImage2DIO and Tiff3DIO are supported.',
  });
}

/**
 * Returns an image as read by v2: reoriented to RAS if the reader does so, a 2D image as one very thick slice.
 */
export function asReadByV2<T extends TypedArray>(image: Volume<T>, reorients: boolean): ImageV2<T> {
  const read = isFlat(image) ? withFlatSpacing(image) : image;
  if (!reorients) return { image: read, orientation: AS_IS };
  const orientation = orientationToRas(read);
  return keepsOrientation(orientation)
    ? { image: read, orientation }
    : { image: reorient(read, orientation), orientation };
}

/**
 * Returns the images of a case and its label map as read by v2, all with the position of the first image: for v2, another
 * one is worth a warning of the integrity check alone.
 */
export function labelledAsReadByV2<I extends TypedArray, L extends TypedArray>(
  images: readonly Volume<I>[],
  labels: Volume<L>,
  reorients: boolean,
): { images: Volume<I>[]; labels: Volume<L> } {
  const read = images.map((image) => asReadByV2(image, reorients).image);
  const map = asReadByV2(labels, reorients).image;
  const [first = map] = read as ImageGeometry[];
  const { origin, direction, spacing } = first;
  return {
    images: read.map((image) => ({ ...image, origin, direction })),
    labels: { ...map, origin, direction, spacing },
  };
}

function isFlat({ niftiHeader: header, shape, planar }: Volume<TypedArray>): boolean {
  if (planar) return true;
  if (header === undefined || shape[0] !== 1) return false;
  // Works for both byte orders: the only nonzero byte is 2.
  return header[DIMENSIONS_AT]! + header[DIMENSIONS_AT + 1]! === 2;
}

function withFlatSpacing<T extends TypedArray>(image: Volume<T>): Volume<T> {
  const [, y, x] = image.spacing;
  return { ...image, spacing: [FLAT_SPACING * Math.max(y, x), y, x] };
}
