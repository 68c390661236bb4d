import { NnUNetError } from '@nnunet/errors';
import { MAX_PATCH_VOXELS } from '@nnunet/schema/internal';
import type { IntensitiesV2, PreprocessingV2 } from './preprocess-v2.ts';
import { checkResamplingV2, type ResamplingFunctionV2 } from './resampling-v2.ts';

/**
 * Returns the preprocessing settings of a configuration in v2's plans.
 *
 * @param plans the content of the plans file
 * @param own the configuration, with all that it inherits
 * @param where the plans file, for error messages
 * @throws NnUNetError 'bad-plans', 'unsupported-resampling'
 */
export function preprocessingOfPlansV2(
  plans: Record<string, unknown>,
  own: Record<string, unknown>,
  channels: number,
  where: string,
): PreprocessingV2 {
  const list = (key: string, from: Record<string, unknown>, what: string, right: (v: unknown) => boolean) => {
    const value = from[key];
    if (!Array.isArray(value) || !value.every(right)) throw badPlans(`"${key}": a list of ${what} expected`, where);
    return value as unknown[];
  };
  const isAxis = (v: unknown) => v === 0 || v === 1 || v === 2;
  const schemes = list('normalization_schemes', own, 'names', (v) => typeof v === 'string') as string[];
  if (schemes.length !== channels)
    throw badPlans(`"normalization_schemes" has ${schemes.length} entries for ${channels} channels`, where);
  const intensities = (plans.foreground_intensity_properties_per_channel ??
    plans.foreground_intensity_properties_by_modality ??
    {}) as Record<string, IntensitiesV2 | undefined>;
  for (const [channel, statistics] of Object.entries(intensities)) {
    const wrong = Object.entries(statistics ?? {}).find(
      ([, value]) => typeof value === 'number' && !Number.isFinite(value),
    );
    if (wrong)
      throw badPlans(`the intensities of channel ${channel} are not finite: "${wrong[0]}" is ${wrong[1]}`, where);
  }
  const positive = (v: unknown) => typeof v === 'number' && Number.isFinite(v) && v > 0;
  const spacing = list('spacing', own, '2 or 3 spacings in mm', positive) as number[];
  const patch = list('patch_size', own, '2 or 3 sizes', (v) => positive(v) && Number.isInteger(v));
  if (spacing.length !== patch.length || spacing.length < 2 || spacing.length > 3)
    throw badPlans('"spacing" and "patch_size": 2 or 3 entries each expected', where);
  if ((patch as number[]).reduce((a, b) => a * b, 1) > MAX_PATCH_VOXELS)
    throw badPlans(`"patch_size": no more than ${MAX_PATCH_VOXELS} voxels expected`, where);
  const transposeForward = list('transpose_forward', plans, 'axes', isAxis) as number[];
  const transposeBackward = list('transpose_backward', plans, 'axes', isAxis) as number[];
  if (transposeForward.length !== 3 || !transposeForward.every((axis, i) => transposeBackward[axis] === i))
    throw badPlans('"transpose_backward" does not undo "transpose_forward"', where);
  return {
    transposeForward,
    transposeBackward,
    spacing,
    normalizationSchemes: schemes,
    useMaskForNorm: list('use_mask_for_norm', own, 'true and false', (v) => typeof v === 'boolean') as boolean[],
    intensities: schemes.map((_, c) => intensities[c] ?? null),
    resampleData: resamplingOf(own, 'data', where),
    resampleLabels: resamplingOf(own, 'seg', where),
    resampleProbabilities: resamplingOf(own, 'probabilities', where),
  };
}

function resamplingOf(own: Record<string, unknown>, use: string, where: string): ResamplingFunctionV2 {
  const name = own[`resampling_fn_${use}`];
  const kwargs = own[`resampling_fn_${use}_kwargs`];
  if (typeof name !== 'string' || typeof kwargs !== 'object' || kwargs === null)
    throw badPlans(`"resampling_fn_${use}" and its "_kwargs" expected`, where);
  const fn = { name, kwargs: kwargs as Record<string, unknown> };
  checkResamplingV2(fn);
  return fn;
}

function badPlans(what: string, where: string): NnUNetError {
  const remedy = 'Use the plans.json with which the model was trained, or plan again.';
  return new NnUNetError('bad-plans', { what, where, remedy });
}
