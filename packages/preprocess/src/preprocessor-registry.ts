import { Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { CroppedCase, Plans } from '@nnunet/schema';
import { GenericPreprocessor, type Preprocessor, type PreprocessorClass } from './generic-preprocessor.ts';
import type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
import * as variants from './preprocessor-variants.ts';

const shipped = { GenericPreprocessor, ...variants };

/** The shipped preprocessors by v1's class names. `with(MyPreprocessor)` adds your own. */
export const shippedPreprocessors = new Registry<PreprocessorClass, keyof typeof shipped>(
  { noun: 'preprocessor', unknown: 'unknown-preprocessor', accepts: classWith('preprocess') },
  shipped,
);

/** A registry of preprocessors: the shipped ones and your own. */
export type Preprocessors = typeof shippedPreprocessors;

/**
 * Returns the preprocessor named in the plans, or the default for their dimension.
 * @throws NnUNetError 'unknown-preprocessor'
 */
export function preprocessorFor(plans: Plans, preprocessors: Preprocessors = shippedPreprocessors): Preprocessor {
  const flat = Object.values(plans.plans_per_stage)[0]?.patch_size.length === 2;
  const name = plans.preprocessor_name ?? (flat ? 'PreprocessorFor2D' : 'GenericPreprocessor');
  return new (preprocessors.get(name))(plans);
}

/**
 * Transposes, resamples and normalises a cropped case for training, with the shipped preprocessor named in the plans.
 */
export function preprocessCase(cropped: CroppedCase, plans: Plans, stage: number): PreprocessedCase {
  return preprocessorFor(plans).preprocess(cropped, stage);
}

/** Preprocesses a cropped case for prediction: no class locations, and the nonzero mask is separate. */
export function preprocessTestCase(cropped: CroppedCase, plans: Plans, stage: number): PreparedTestCase {
  return preprocessorFor(plans).preprocessTest(cropped, stage);
}
