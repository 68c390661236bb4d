import { shippedTransforms } from '@nnunet/augment/transforms';
import { shippedPlanners } from '@nnunet/planner';
import { shippedPreprocessors } from '@nnunet/preprocess';
import { loadPlugins } from '@nnunet/threads/node';
import { shippedTrainers } from '@nnunet/trainer';
import { shippedFormats } from '@nnunet/volume';

/** All that is found by name, as it is shipped. */
export const shippedExtensions = {
  planners: shippedPlanners,
  preprocessors: shippedPreprocessors,
  trainers: shippedTrainers,
  formats: shippedFormats,
  transforms: shippedTransforms,
};

/** All that is found by name: what is shipped, and what modules of the user's own brought. */
export type Extensions = typeof shippedExtensions;

/**
 * What is shipped, and what modules of the user's own export (`--plugin ./mine.mjs`): classes with the methods of a
 * planner, preprocessor or trainer, image formats, transforms of the augmentation.
 *
 * @param paths of ES modules, from the working directory
 * @throws NnUNetError 'bad-plugin' for a module that cannot be imported, 'name-taken'
 */
export function loadExtensions(paths: readonly string[]): Promise<Extensions> {
  return loadPlugins(paths, shippedExtensions);
}
