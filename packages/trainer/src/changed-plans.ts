import type { Plans } from '@nnunet/schema';

/** Keys on which the prepared cases or the network depend. */
const KEYS = [
  'all_classes',
  'data_identifier',
  'normalization_schemes',
  'num_classes',
  'num_modalities',
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
  const [old, recent] = [of(before), of(now)];
  const same = (key: string) => canonical(old[key]) === canonical(recent[key]);
  return [...new Set([...Object.keys(old), ...Object.keys(recent)])].filter((key) => !same(key));
}

/** JSON with the keys of objects in alphabetical order. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
        : part,
    ) ?? 'nothing'
  );
}
