import { type DatasetLabels, declaredLabels } from '@nnunet/schema';

/** New label value of each old one, and the labels that dataset.json then declares. */
export interface LabelRenumbering extends DatasetLabels {
  /** Contains every declared value; only 0 to 0 if nothing changes. */
  newValueOf: ReadonlyMap<number, number>;
  /** Whether label maps must be rewritten. */
  changes: boolean;
}

/**
 * Renumbers the labels declared in dataset.json to 0, 1, 2, … in order. If no background is declared, it is added as 0
 * and the declared labels start at 1. Negative values are treated like any other label.
 */
export function renumberLabels(dataset: DatasetLabels): LabelRenumbering {
  const { labels, regions, regions_class_order: order, ignoreLabel } = dataset;
  const rest = declaredLabels(dataset).filter((value) => value !== 0);
  const newValueOf = new Map<number, number>([[0, 0]]);
  for (const [i, value] of rest.entries()) newValueOf.set(value, i + 1);
  const renumbered = [...newValueOf].filter(([old]) => old !== ignoreLabel);
  const newOf = (old: number) => newValueOf.get(old) ?? old;
  return {
    newValueOf,
    changes: rest.some((value, i) => value !== i + 1),
    labels: Object.fromEntries(renumbered.map(([old, value]) => [String(value), labels[String(old)] ?? 'background'])),
    ...(regions && {
      regions: regions.map((region) => ({ ...region, values: region.values.map(newOf) })),
      regions_class_order: order!.map(newOf),
    }),
    ...(ignoreLabel !== undefined && { ignoreLabel: newOf(ignoreLabel) }),
  };
}

/**
 * Renumbers a label map in place.
 * @returns values that are not declared, with their voxel counts; these voxels are left unchanged
 */
export function applyRenumbering(
  map: { [index: number]: number; readonly length: number },
  { newValueOf }: Pick<LabelRenumbering, 'newValueOf'>,
): Map<number, number> {
  const strange = new Map<number, number>();
  let last = Number.NaN;
  let next: number | undefined;
  for (let i = 0; i < map.length; i++) {
    const value = map[i]!;
    if (value !== last) {
      last = value;
      next = newValueOf.get(value);
    }
    if (next === undefined) strange.set(value, (strange.get(value) ?? 0) + 1);
    else map[i] = next;
  }
  return strange;
}
