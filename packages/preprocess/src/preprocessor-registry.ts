import { Registry } from '@nnunet/errors';
import { classWith } from '@nnunet/errors/internal';
import type { CroppedCase, Plans } from '@nnunet/schema';
import { GenericPreprocessor, type Preprocessor, type PreprocessorClass } from './generic-preprocessor.ts';
import { type Normalizations, shippedNormalizations } from './normalization-registry.ts';
import type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
import * as variants from './preprocessor-variants.ts';

const shipped = { GenericPreprocessor, ...variants };

/** The shipped preprocessors by v1's class names. `with(MyPreprocessor)` adds your own. */
export const shippedPreprocessors = new Registry<PreprocessorClass, keyof typeof shipped>(
  { noun: 'preprocessor', unknown: 'unknown-preprocessor', ...classWith('preprocess') },
  shipped,
);

/** A registry of preprocessors: the shipped ones and your own. */
export type Preprocessors = typeof shippedPreprocessors;

/** Where preprocessors and normalisation schemes are looked up by name. Default: the shipped ones. */
export interface PreprocessingLookup {
  preprocessors?: Preprocessors;
  normalizations?: Normalizations;
}

/** Both registries as shipped: what `loadPlugins` adds modules to. */
export const shippedLookup = { preprocessors: shippedPreprocessors, normalizations: shippedNormalizations };

/** Returns the paths of the modules that threads must load. */
export function modulesOf({ preprocessors, normalizations }: PreprocessingLookup): string[] {
  return [...new Set([...(preprocessors?.modules ?? []), ...(normalizations?.modules ?? [])])];
}

/**
 * Returns the preprocessor named in the plans, or the default for their dimension.
 * @throws NnUNetError 'unknown-preprocessor', 'unknown-normalization'
 */
export function preprocessorFor(
  plans: Plans,
  preprocessors: Preprocessors = shippedPreprocessors,
  normalizations?: Normalizations,
): Preprocessor {
  const flat = Object.values(plans.plans_per_stage)[0]?.patch_size.length === 2;
  const name = plans.preprocessor_name ?? (flat ? 'PreprocessorFor2D' : 'GenericPreprocessor');
  return new (preprocessors.get(name))(plans, normalizations);
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
