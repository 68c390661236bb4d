import { shippedTransforms } from '@nnunet/augment/transforms';
import { shippedMetrics } from '@nnunet/metrics';
import { shippedArchitectures } from '@nnunet/network';
import { shippedPlanners } from '@nnunet/planner';
import { shippedPlannersV2 } from '@nnunet/planner/v2';
import { shippedNormalizations, shippedPreprocessors } from '@nnunet/preprocess';
import { loadPlugins } from '@nnunet/threads/node';
import { shippedListeners, shippedTrainers } from '@nnunet/trainer';
import { shippedTrainersV2 } from '@nnunet/trainer/v2';
import { shippedFormats } from '@nnunet/volume';

/** The built-in extensions: everything that is found by name. */
export const shippedExtensions = {
  planners: shippedPlanners,
  plannersV2: shippedPlannersV2,
  preprocessors: shippedPreprocessors,
  normalizations: shippedNormalizations,
  trainers: shippedTrainers,
  trainersV2: shippedTrainersV2,
  architectures: shippedArchitectures,
  formats: shippedFormats,
  transforms: shippedTransforms,
  listeners: shippedListeners,
  metrics: shippedMetrics,
};

/** Everything that is found by name: built in, or from the user's own modules. */
export type Extensions = typeof shippedExtensions;

/**
 * Loads extensions: the built-in ones, and those exported by the user's own modules (`--plugin ./mine.mjs`), which may
 * be classes with the methods of a planner, preprocessor, trainer or architecture, normalisation schemes, image formats,
 * transforms of the augmentation, listeners to trainings, and metrics.
 *
 * @param paths of ES modules, relative to the working directory
 * @throws NnUNetError 'bad-plugin' for a module that cannot be imported, exports nothing of this kind, or something that
 * lacks only a method; 'name-taken'
 */
export function loadExtensions(paths: readonly string[]): Promise<Extensions> {
  return loadPlugins(paths, shippedExtensions, { everyKind: true });
}
