import type { DatasetDescription } from '@nnunet/schema';

/** New label value of each old one, and the labels that dataset.json then declares. */
export interface LabelRenumbering {
  /** Contains every declared value; only 0 to 0 if nothing changes. */
  newValueOf: ReadonlyMap<number, number>;
  labels: Record<string, string>;
  /** Whether label maps must be rewritten. */
  changes: boolean;
}

/**
 * Renumbers the labels declared in dataset.json to 0, 1, 2, … in order. If no background is declared, it is added as 0
 * and the declared labels start at 1. Negative values are treated like any other label.
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
