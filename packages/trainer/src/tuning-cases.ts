import type { ArrayCase } from '@nnunet/augment';
import { NnUNetError } from '@nnunet/errors';
import { cropCase, type PreprocessedCase, preprocessCase, type Volume } from '@nnunet/preprocess';
import { labelledAsReadByV2, preprocessForTrainingV2, requireFinite } from '@nnunet/preprocess/internal';
import { declaredLabelsV2, locationsByLabel, meaningOfLabels } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Trainer } from './trainer.ts';
import type { TrainerV2 } from './v2/trainer-v2.ts';

/** An image with its labels. */
export interface LabelledCase {
  /** For error messages. */
  id: string;
  /** One per channel, in the order of the model. */
  images: readonly Volume<TypedArray>[];
  labels: Volume<TypedArray>;
  /** File names of the images, and of the labels. */
  files?: readonly string[];
  labelFile?: string;
}

/**
 * Prepares a case as for a training: crop, transpose, resample and normalise, by the plans of the model.
 *
 * @throws NnUNetError 'bad-case', 'other-grid', 'bad-labels', 'undeclared-labels', 'not-finite'
 */
export function prepareTuningCase({ images, labels, ...names }: LabelledCase, { plans, stage }: Trainer): ArrayCase {
  const cropped = cropCase(images, labels, { ...names, declaredLabels: declaredLabelsV2(meaningOfLabels(plans)) });
  return inMemory(preprocessCase(cropped, plans, stage));
}

/** As {@link prepareTuningCase}, by plans of nnU-Net v2. */
export function prepareTuningCaseV2({ images, labels, ...names }: LabelledCase, trainer: TrainerV2): ArrayCase {
  const { preprocessing, reorients } = trainer.model;
  const read = labelledAsReadByV2(images, labels, reorients);
  return inMemory(
    preprocessForTrainingV2(read.images, read.labels, { ...preprocessing, labels: trainer.labels }, names),
  );
}

function inMemory({ id, data, shape, locations }: PreprocessedCase): ArrayCase {
  const [channels, ...size] = [shape[0] - 1, ...shape.slice(1)] as [number, number, number, number];
  const values = data.subarray(0, (data.length / shape[0]) * channels);
  requireFinite(values, [channels, ...size], id);
  return {
    id,
    shape: size,
    data: values,
    seg: data.subarray(values.length),
    classLocations: locationsByLabel(locations),
  };
}

/** @throws NnUNetError 'no-foreground' if no case has a label that could be learnt */
export function requireForeground(cases: readonly ArrayCase[]): void {
  if (cases.some(({ classLocations }) => [...classLocations!.values()].some(({ length }) => length > 0))) return;
  throw new NnUNetError('no-foreground', {
    what: `none of the label maps (${cases.map(({ id }) => id).join(', ')}) has a label other than 0`,
    remedy: 'Give cases in which something is labelled.',
  });
}
