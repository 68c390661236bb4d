import { NnUNetError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import type { CroppedCase, Plans } from '@nnunet/schema';
import { GenericPreprocessor, type Preprocessor, type PreprocessorClass } from './generic-preprocessor.ts';
import type { PreparedTestCase, PreprocessedCase } from './prepared-case.ts';
import * as variants from './preprocessor-variants.ts';

const shipped: Readonly<Record<string, PreprocessorClass>> = { GenericPreprocessor, ...variants };
const added = new Map<string, PreprocessorClass>();

/**
 * A preprocessor class by the name that plans carry.
 * @throws NnUNetError 'unknown-preprocessor'
 */
export function preprocessorByName(name: string): PreprocessorClass {
  const found = added.get(name) ?? (Object.hasOwn(shipped, name) ? shipped[name] : undefined);
  if (found !== undefined) return found;
  throw new NnUNetError('unknown-preprocessor', {
    what: `there is no preprocessor called ${name}`,
    remedy: nearestNames(name, [...Object.keys(shipped), ...added.keys()], 'Others come from a plug-in.'),
  });
}

/**
 * Makes a class known by name.
 * @throws NnUNetError 'usage' when another class has the name already
 */
export function registerPreprocessor(name: string, preprocessor: PreprocessorClass): void {
  const known = added.get(name) ?? (Object.hasOwn(shipped, name) ? shipped[name] : undefined);
  if (known === preprocessor) return;
  if (known !== undefined) {
    throw new NnUNetError('usage', { what: `a preprocessor called ${name} exists already`, remedy: 'Rename yours.' });
  }
  added.set(name, preprocessor);
}

/** The preprocessor of a plans file: the one it names, else the default of its dimension. */
export function preprocessorFor(plans: Plans): Preprocessor {
  const flat = Object.values(plans.plans_per_stage)[0]?.patch_size.length === 2;
  const name = plans.preprocessor_name ?? (flat ? 'PreprocessorFor2D' : 'GenericPreprocessor');
  return new (preprocessorByName(name))(plans);
}

/** Transposes, resamples and normalises a cropped case for training, as the plans' preprocessor does. */
export function preprocessCase(cropped: CroppedCase, plans: Plans, stage: number): PreprocessedCase {
  return preprocessorFor(plans).preprocess(cropped, stage);
}

/** The same for a case to predict: no class locations, and the nonzero mask apart. */
export function preprocessTestCase(cropped: CroppedCase, plans: Plans, stage: number): PreparedTestCase {
  return preprocessorFor(plans).preprocessTest(cropped, stage);
}
