import type { LabelsV2 } from '@nnunet/schema';

/** A label, or the labels of a region. */
export type ClassV2 = number | readonly number[];

/** What nnU-Net v2 scores: the regions of a dataset, else its labels; without the background and the ignore label. */
export function classesV2({ regions, foreground }: Pick<LabelsV2, 'regions' | 'foreground'>): ClassV2[] {
  return regions?.map(({ values, single }) => (single ? values[0]! : values)) ?? foreground;
}

/** v2's name of a class in files, which is Python's: `1`, `(1, 2, 3)`, `(3,)`. */
export function classKeyV2(of: ClassV2): string {
  if (typeof of === 'number') return String(of);
  return of.length === 1 ? `(${of[0]},)` : `(${of.join(', ')})`;
}

/** The class of a key in a file of v2. */
export function classOfKeyV2(key: string): ClassV2 {
  return key.startsWith('(') ? (key.match(/\d+/g) ?? []).map(Number) : Number(key);
}
