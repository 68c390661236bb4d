import { NnUNetError } from '@nnunet/errors';
import type { LearntLabels } from './fingerprint.ts';
import { type LabelEntriesV2, type LabelsV2, labelsV2, type RegionV2 } from './labels-v2.ts';

/** What dataset.json says of labels. */
export interface DatasetLabels {
  /**
   * Label value (as a string) to name; 0 is the background. The ignore label is not among them. Values that only occur
   * in regions of several are called `label N`.
   */
  labels: Record<string, string>;
  /** Label values in the order of the file, which v1 keeps up to the plans; not written. */
  labelOrder?: readonly number[];
  /** Regions, which may overlap, in the order of the file, if they are to be learnt instead of labels. */
  regions?: readonly RegionV2[];
  /** Label that each region writes, in the order of writing: later ones overwrite. Only with regions. */
  regions_class_order?: readonly number[];
  /** Label of voxels that nobody annotated: the one called "ignore", above all others. */
  ignoreLabel?: number;
}

/** Name of the label of voxels without annotation, as in v2. */
const IGNORE = 'ignore';

/** @throws NnUNetError 'bad-dataset' */
export function labelsByValue(
  entries: readonly (readonly [value: number, name: string])[],
  file: string,
): DatasetLabels {
  const others = entries.filter(([, name]) => name !== IGNORE);
  const own = { labels: Object.fromEntries(others), labelOrder: others.map(([value]) => value) };
  if (others.length === entries.length) return own;
  if (others.length < entries.length - 1) {
    throw new NnUNetError('bad-dataset', {
      what: 'several labels are called "ignore"',
      where: file,
      remedy: 'Give voxels without annotation one label, above all others.',
    });
  }
  const named = ([value, name]: readonly [number, string]) =>
    [value === 0 ? 'background' : name === IGNORE ? name : `label ${value}`, value] as const;
  return { ...own, ignoreLabel: labelsV2(entries.map(named), undefined, file).ignore! };
}

/** @throws NnUNetError 'bad-dataset' */
export function labelsByName(entries: LabelEntriesV2, order: unknown, file: string): DatasetLabels {
  const { all, ignore, regions, regionClassOrder } = labelsV2(entries, order, file);
  const nameOf = (value: number) => entries.find(([, values]) => [values].flat().join() === String(value))?.[0];
  return {
    labels: Object.fromEntries(all.map((value) => [value, nameOf(value) ?? `label ${value}`])),
    labelOrder: all,
    ...(regions && { regions, regions_class_order: regionClassOrder! }),
    ...(ignore !== null && { ignoreLabel: ignore }),
  };
}

/** Returns `labels` for dataset.json: in v1's form, or with regions in v2's. */
export function formattedLabels(dataset: DatasetLabels): Record<string, unknown> {
  const { labels, regions, ignoreLabel } = dataset;
  if (regions !== undefined) return Object.fromEntries(labelEntries(dataset));
  return { ...labels, ...(ignoreLabel !== undefined && { [ignoreLabel]: IGNORE }) };
}

/**
 * Returns the entries of `labels` as v2's dataset.json has them, the background first: values by name, or lists of values
 * for regions. Label 0 is called "background".
 */
export function labelEntries(dataset: DatasetLabels): LabelEntriesV2 {
  const { labels, labelOrder = declaredLabels({ labels }), regions, ignoreLabel } = dataset;
  const own: LabelEntriesV2 =
    regions?.map(({ name, values, single }) => [name, single ? values[0] : values]) ??
    labelOrder.filter((value) => value !== 0).map((value) => [labels[value]!, value]);
  return [['background', 0], ...own, ...(ignoreLabel === undefined ? [] : [[IGNORE, ignoreLabel] as const])];
}

/** What the labels of a dataset mean, as the trainers need it. */
export function meaningOfLabels({ all_classes, regions, regions_class_order, ignore_label }: LearntLabels): LabelsV2 {
  const all = [0, ...all_classes].sort((a, b) => a - b);
  return {
    all,
    foreground: [...all_classes],
    ignore: ignore_label ?? null,
    regions: regions === undefined ? null : [...regions],
    regionClassOrder: regions_class_order === undefined ? null : [...regions_class_order],
    outputs: regions?.length ?? all.length,
  };
}

/**
 * What a task of v1 is judged by if it asks for regions: by name, the labels of each. undefined: its labels count, as in
 * v1, also with trainers that have regions of their own.
 */
export function judgedRegions({
  regions,
}: Pick<LearntLabels, 'regions'>): Record<string, readonly number[]> | undefined {
  return regions && Object.fromEntries(regions.map(({ name, values }) => [name, values]));
}

/** v1's all_classes: the labels above 0, in the order of the file. */
export function foregroundLabels(dataset: Pick<DatasetLabels, 'labels' | 'labelOrder'>): number[] {
  return (dataset.labelOrder ?? Object.keys(dataset.labels).map(Number)).filter((label) => label > 0);
}

/** All label values, ascending: an ignore label is the last. */
export function declaredLabels({ labels, ignoreLabel }: Pick<DatasetLabels, 'labels' | 'ignoreLabel'>): number[] {
  const values = Object.keys(labels).map(Number);
  return [...values, ...(ignoreLabel === undefined ? [] : [ignoreLabel])].sort((a, b) => a - b);
}

/** The labels as fingerprint and plans have them. */
export function learntLabels(dataset: DatasetLabels): LearntLabels {
  const { regions, regions_class_order, ignoreLabel: ignore_label } = dataset;
  return learntOf({ all_classes: foregroundLabels(dataset), regions, regions_class_order, ignore_label });
}

/** Only the labels of a fingerprint or of plans, without keys that say nothing. */
export function learntOf({ all_classes, regions, regions_class_order, ignore_label }: LearntLabels): LearntLabels {
  return {
    all_classes,
    ...(regions && { regions, regions_class_order }),
    ...(ignore_label !== undefined && { ignore_label }),
  };
}
