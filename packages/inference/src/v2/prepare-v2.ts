import { asReadByV2, type ImageV2, preprocessV2, reorientArray } from '@nnunet/preprocess/internal';
import type { InputImages, PreparedImage } from '../model-rules.ts';
import { missingPreviousStage, requireSize } from '../previous-stage.ts';
import type { ModelDescriptionV2 } from './model-description-v2.ts';

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
