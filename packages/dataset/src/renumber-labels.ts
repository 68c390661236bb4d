import type { DatasetDescription } from '@nnunet/schema';

/** Old label value to new one, and what dataset.json then declares. */
export interface LabelRenumbering {
  /** Every declared value; only 0 to 0 where nothing changes. */
  newValueOf: ReadonlyMap<number, number>;
  labels: Record<string, string>;
  /** Label maps must be rewritten. */
  changes: boolean;
}

/**
 * Renumbers the labels that dataset.json declares to 0, 1, 2, … in their order. Where no background is declared it is
 * added as 0, and what is declared starts at 1; a negative value is a label like another.
 */
export function renumberLabels({ labels }: Pick<DatasetDescription, 'labels'>): LabelRenumbering {
  const declared = Object.keys(labels)
    .map(Number)
    .sort((a, b) => a - b);
  const rest = declared.filter((value) => value !== 0);
  const newValueOf = new Map<number, number>([[0, 0]]);
  for (const [i, value] of rest.entries()) newValueOf.set(value, i + 1);
  const renumbered = Object.fromEntries(
    [...newValueOf].map(([old, value]) => [String(value), labels[String(old)] ?? 'background']),
  );
  return { newValueOf, labels: renumbered, changes: rest.some((value, i) => value !== i + 1) };
}

/**
 * Renumbers a label map in place.
 * @returns values that are not among the old ones, each with its number of voxels: those are left as they are
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
