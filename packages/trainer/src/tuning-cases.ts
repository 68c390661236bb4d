import type { ArrayCase } from '@nnunet/augment';
import { NnUNetError } from '@nnunet/errors';
import { cropCase, preprocessCase, type Volume } from '@nnunet/preprocess';
import { requireFinite } from '@nnunet/preprocess/internal';
import { declaredLabelsV2, meaningOfLabels } from '@nnunet/schema/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Trainer } from './trainer.ts';

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
  const { id } = names;
  const cropped = cropCase(images, labels, { ...names, declaredLabels: declaredLabelsV2(meaningOfLabels(plans)) });
  const { data, shape, locations } = preprocessCase(cropped, plans, stage);
  const [channels, ...size] = [shape[0] - 1, ...shape.slice(1)] as [number, number, number, number];
  const values = data.subarray(0, (data.length / shape[0]) * channels);
  requireFinite(values, [channels, ...size], id);
  return {
    id,
    shape: size,
    data: values,
    seg: data.subarray(values.length),
    classLocations: new Map(Object.entries(locations).map(([label, voxels]) => [Number(label), voxels])),
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
