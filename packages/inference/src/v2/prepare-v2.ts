import {
  keepsOrientation,
  type Orientation,
  orientationToRas,
  preprocessV2,
  reorient,
  reorientArray,
} from '@nnunet/preprocess/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import type { InputImages, PreparedImage } from '../model-rules.ts';
import { missingPreviousStage, requireSize } from '../previous-stage.ts';
import type { ModelDescriptionV2 } from './model-description-v2.ts';

interface ImageV2 {
  image: Volume<TypedArray>;
  orientation: Orientation;
}

export const AS_IS: Orientation = { order: [0, 1, 2], flip: [false, false, false] };
/** Spacing of the axis that a 2D image lacks, as a multiple of its greatest spacing. */
const FLAT_SPACING = 999;
/** Offset of the number of axes in a NIfTI-1 header, two bytes. */
const DIMENSIONS_AT = 40;

/** v2: reorient to RAS if its reader did so, transpose, crop, normalise, resample. */
export function prepareImagesV2(description: ModelDescriptionV2, input: InputImages): PreparedImage {
  const { images, id, files, normalizations } = input;
  const read = images.map((image) => asReadByV2(image, description.reorients));
  const { data, shape, properties } = preprocessV2(
    read.map(({ image }) => image),
    previousLabels(description, read[0], input),
    description.preprocessing,
    { id, files, normalizations },
  );
  const { data: _, ...geometry } = images[0]!;
  return { image: { data, shape }, properties, original: { geometry, orientation: read[0]!.orientation } };
}

/** Returns the previous stage's labels, reoriented like the image. */
function previousLabels(
  { previousLabels: classes }: ModelDescriptionV2,
  read: ImageV2 | undefined,
  { images, previousSegmentation: labels, id }: InputImages,
) {
  const original = images[0];
  if (classes === null || read === undefined || original === undefined) return null;
  if (labels === undefined) throw missingPreviousStage(id);
  requireSize(labels, original.shape, id);
  const data = reorientArray(Float32Array.from(labels.data), original.shape, read.orientation);
  return { labels: { ...read.image, data }, classes };
}

/**
 * Returns an image as read by v2: reoriented to RAS if the model's reader does so, a 2D image as one very thick slice.
 */
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
  // Works for both byte orders: the only nonzero byte is 2.
  return header[DIMENSIONS_AT]! + header[DIMENSIONS_AT + 1]! === 2;
}

function withFlatSpacing(image: Volume<TypedArray>): Volume<TypedArray> {
  const [, y, x] = image.spacing;
  return { ...image, spacing: [FLAT_SPACING * Math.max(y, x), y, x] };
}
