import type { Regions } from '@nnunet/metrics';
import type { LabelEntry } from './report-data.ts';

/** What is measured and scored: a label by its value, or a region, which may overlap others. Plain data, for threads. */
export type LabelClass = number | { name: string; labels: readonly number[] };

/** The value of a label, or the name of a region: by it, measures and scores are listed. */
export type LabelKey = number | string;

export function keyOf(one: LabelClass): LabelKey {
  return typeof one === 'number' ? one : one.name;
}

/** The label values that belong to a class. */
export function labelsOfClass(one: LabelClass): readonly number[] {
  return typeof one === 'number' ? [one] : one.labels;
}

/** Indices of the classes that each label value belongs to. */
export function classesByLabel(classes: readonly LabelClass[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [i, one] of classes.entries())
    for (const label of labelsOfClass(one)) found.set(label, [...(found.get(label) ?? []), i]);
  return found;
}

export function classOf({ value, labels }: Pick<LabelEntry, 'value' | 'labels'>): LabelClass {
  return labels === undefined ? Number(value) : { name: String(value), labels };
}

/**
 * The classes that make up the foreground without counting anything twice: the largest of those that overlap.
 */
export function withoutOverlap<T extends Pick<LabelEntry, 'value' | 'labels'>>(entries: readonly T[]): T[] {
  const covered = new Set<number>();
  const size = (entry: T) => labelsOfClass(classOf(entry)).length;
  return [...entries]
    .sort((a, b) => size(b) - size(a))
    .filter((entry) => {
      const labels = labelsOfClass(classOf(entry));
      if (labels.some((label) => covered.has(label))) return false;
      for (const label of labels) covered.add(label);
      return true;
    });
}

/** The regions of a task by name; undefined if its labels are scored. */
export function regionsOf(entries: readonly LabelEntry[]): Regions | undefined {
  const regions = entries.flatMap(({ name, labels }) => (labels === undefined ? [] : [[name, labels] as const]));
  return regions.length === 0 ? undefined : Object.fromEntries(regions);
}
