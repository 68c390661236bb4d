import { NnUNetError, usageError } from '@nnunet/errors';
import { inverseOrientation, planLabelStreamV2, preprocessV2, reorientArray } from '@nnunet/preprocess/internal';
import { type LabelOptions, labelsFrom, type PlannedLabels } from '../planned-labels.ts';
import type { InputImages, PreparedGeometry, PreparedInput } from '../prepared-input.ts';
import { missingPreviousStage } from '../previous-stage.ts';
import { asReadByV2, type ImageV2 } from './image-v2.ts';
import type { ModelDescriptionV2 } from './model-description-v2.ts';

/** v2: turn to RAS where its reader did so, transpose, crop, normalise, resample. */
export function prepareImagesV2(description: ModelDescriptionV2, input: InputImages): Omit<PreparedInput, 'notices'> {
  const { images, id, files } = input;
  const read = images.map((image) => asReadByV2(image, description.reorients));
  const { data, shape, properties } = preprocessV2(
    read.map(({ image }) => image),
    previousLabels(description, read[0], input),
    description.preprocessing,
    { id, files },
  );
  const { data: _, ...geometry } = images[0]!;
  return { image: { data, shape }, properties, original: { geometry, orientation: read[0]!.orientation } };
}

/** The labels of the stage before, turned as the image was. */
function previousLabels(
  { previousLabels: classes }: ModelDescriptionV2,
  read: ImageV2 | undefined,
  { images, previousSegmentation: labels, id }: InputImages,
) {
  const original = images[0];
  if (classes === null || read === undefined || original === undefined) return null;
  if (labels === undefined) throw missingPreviousStage(id);
  if (labels.shape.join() !== original.shape.join()) {
    throw new NnUNetError('bad-previous-stage', {
      what: `the segmentation of the stage before has ${labels.shape.join(' x ')} voxels, the image ${original.shape.join(' x ')}`,
      where: id,
      remedy: 'Give the 3d_lowres prediction of this very image.',
    });
  }
  const data = reorientArray(Float32Array.from(labels.data), original.shape, read.orientation);
  return { labels: { ...read.image, data }, classes };
}

/** v2's way to labels. */
export function planLabelsV2(
  { preprocessing, nonlinearity, regionClassOrder }: ModelDescriptionV2,
  shape: readonly number[],
  { properties, original }: PreparedGeometry,
  { mode = 'normal', maxMemory }: LabelOptions,
): PlannedLabels {
  if (mode !== 'normal') throw noSuchMode(mode);
  const { geometry, orientation } = original!;
  const plan = planLabelStreamV2(shape, properties, preprocessing, { nonlinearity, regionClassOrder, maxMemory });
  return labelsFrom(plan, ({ data, shape: read }) => ({
    ...geometry,
    data: reorientArray(data, read, inverseOrientation(orientation)),
  }));
}

export function noSuchMode(mode: string): NnUNetError {
  return usageError({ what: `models of nnU-Net v2 have no mode "${mode}"`, remedy: 'Use normal.' });
}
