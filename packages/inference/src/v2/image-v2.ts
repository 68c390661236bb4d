import { keepsOrientation, type Orientation, orientationToRas, reorient } from '@nnunet/preprocess/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';

export interface ImageV2 {
  image: Volume<TypedArray>;
  orientation: Orientation;
}

const AS_IS: Orientation = { order: [0, 1, 2], flip: [false, false, false] };
/** Of the axis that a flat image lacks, as a multiple of its greatest spacing. */
const FLAT_SPACING = 999;
/** Byte of a NIfTI-1 header where the number of its axes stands, two bytes. */
const DIMENSIONS_AT = 40;

/** An image as v2's readers give it: turned to RAS where the model's do so, a flat image one very thick slice. */
export function asReadByV2(image: Volume<TypedArray>, reorients: boolean): ImageV2 {
  const read = isFlat(image) ? withFlatSpacing(image) : image;
  if (!reorients) return { image: read, orientation: AS_IS };
  const orientation = orientationToRas(read);
  return keepsOrientation(orientation)
    ? { image: read, orientation }
    : { image: reorient(read, orientation), orientation };
}

function isFlat({ niftiHeader: header, shape }: Volume<TypedArray>): boolean {
  if (header === undefined || shape[0] !== 1) return false;
  // Whichever byte order: 2 is its only byte that is not 0.
  return header[DIMENSIONS_AT]! + header[DIMENSIONS_AT + 1]! === 2;
}

function withFlatSpacing(image: Volume<TypedArray>): Volume<TypedArray> {
  const [, y, x] = image.spacing;
  return { ...image, spacing: [FLAT_SPACING * Math.max(y, x), y, x] };
}
