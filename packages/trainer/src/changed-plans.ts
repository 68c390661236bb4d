import type { Plans } from '@nnunet/schema';
import { changedKeys } from '@nnunet/schema/internal';

/** Keys on which the prepared cases or the network depend. */
const KEYS = [
  'all_classes',
  'data_identifier',
  'ignore_label',
  'normalization_schemes',
  'num_classes',
  'num_modalities',
  'regions',
  'regions_class_order',
  'transpose_forward',
  'use_mask_for_norm',
] as const satisfies readonly (keyof Plans)[];

/**
 * Keys of two plans that differ and that matter to a training of this stage, in the order in which the plans have them.
 * What else is in plans (paths, sizes of all cases) may change.
 */
export function changedPlans(before: Plans, now: Plans, stage: number): string[] {
  const of = (plans: Plans): Record<string, unknown> => ({
    ...Object.fromEntries(KEYS.map((key) => [key, plans[key]])),
    intensityproperties: plans.dataset_properties.intensityproperties,
    ...plans.plans_per_stage[stage],
  });
  return changedKeys(of(before), of(now));
}
