import { NnUNetError } from '@nnunet/errors';

/** A named region: the label values that belong to it. */
export interface RegionV2 {
  name: string;
  values: readonly number[];
  /** Set if the file gives one number instead of a list; v2 names the region by it in its own files. */
  single?: true;
}

/** What the labels of v2's dataset.json mean. */
export interface LabelsV2 {
  /** All values except that of the ignore label, ascending; includes 0. */
  all: number[];
  /** All except the background and the ignore label, ascending. */
  foreground: number[];
  /** Voxels with this value count neither in the loss nor in scores; null if there is none. */
  ignore: number | null;
  /**
   * If any label has several values, all labels except the background are regions, which may overlap: one output each,
   * in the order of the file. Otherwise null.
   */
  regions: RegionV2[] | null;
  /** Value that each region writes, in the order of writing: later ones overwrite. null without regions. */
  regionClassOrder: number[] | null;
  /** Number of output channels of the network. */
  outputs: number;
}

/** All values that label maps may contain, ascending: the ignore label is the last. */
export function declaredLabelsV2({ all, ignore }: LabelsV2): number[] {
  return ignore === null ? all : [...all, ignore];
}

/**
 * The classes that patches are centred on: regions, else labels; and with an ignore label, as the last, everything that
 * is annotated, voxels outside the nonzero mask (−1) included. Origin: v2's _sample_foreground_locations.
 */
export function sampledClasses(labels: Pick<LabelsV2, 'foreground' | 'regions'> & AnnotatedLabels) {
  const classes: (number | readonly number[])[] = labels.regions?.map(({ values }) => values) ?? [...labels.foreground];
  const annotated = annotatedLabels(labels);
  return annotated === null ? classes : [...classes, annotated];
}

type AnnotatedLabels = Pick<LabelsV2, 'all' | 'ignore'>;

/** The labels of everything that is annotated if only some voxels are, else null. */
export function annotatedLabels({ all, ignore }: AnnotatedLabels): number[] | null {
  return ignore === null ? null : [-1, ...all];
}

/** Labels of each channel of a target: the regions, and behind them one of the ignored voxels. null for labels. */
export function targetRegions({ regions, ignore }: Pick<LabelsV2, 'regions' | 'ignore'>): (readonly number[])[] | null {
  return regions && [...regions.map(({ values }) => values), ...(ignore === null ? [] : [[ignore]])];
}

/** The content of `labels`: names with values, or lists of values, in the order of the file. */
export type LabelEntriesV2 = readonly (readonly [name: string, value: unknown])[];

/** Whether v2 takes a text for a label value, as its `int` does: `"2"`. */
export function isWrittenNumber(value: unknown): value is string {
  return typeof value === 'string' && /^\d+$/.test(value);
}

/**
 * Interprets `labels` and `regions_class_order` of v2's dataset.json.
 * Origin: v2's utilities/label_handling/label_handling.py.
 *
 * @param where file name for error messages
 * @throws NnUNetError 'bad-dataset'
 */
export function labelsV2(labels: LabelEntriesV2, order: unknown, where: string): LabelsV2 {
  const bad = (what: string) =>
    new NnUNetError('bad-dataset', {
      what,
      where,
      remedy:
        'Labels are names with values, or for regions with lists of values: {"background": 0, "organ": [1, 2], "tumour": 2}. ' +
        'The dataset.json of a model must be that with which it was trained.',
    });
  // v2 compares the values of regions and of the ignore label as they are, where a text equals no label.
  const read = (value: unknown) => (isWrittenNumber(value) ? Number(value) : value);
  const written = labels.some(([, value]) => Array.isArray(value) && value.length > 1)
    ? (value: unknown) => value
    : read;
  const background = written(labels.find(([name]) => name === 'background')?.[1]);
  if (background !== 0) throw bad('the label "background" must have the value 0');
  const declared = labels
    .filter(([name]) => name !== 'ignore')
    .map(([name, value]) => ({
      name,
      values: [value].flat().map(written),
      ...(!Array.isArray(value) && { single: true as const }),
    }));
  const values = declared.flatMap((label) => label.values);
  if (!values.every((v): v is number => Number.isInteger(v) && (v as number) >= 0)) {
    throw bad('the values of "labels" must be integers or lists of integers');
  }
  const all = [...new Set(values)].sort((a, b) => a - b);
  const ignore = labels.find(([name]) => name === 'ignore')?.[1] ?? null;
  if (ignore !== null && ignore !== all.at(-1)! + 1) {
    throw bad(`the label "ignore" must have the value ${all.at(-1)! + 1}, one above all others`);
  }
  const common = { all, foreground: all.filter((label) => label !== 0), ignore };
  if (!declared.some((label) => label.values.length > 1)) {
    return { ...common, regions: null, regionClassOrder: null, outputs: all.length };
  }
  const regions = (declared as RegionV2[]).filter((region) => region.values.some((value) => value !== 0));
  if (!Array.isArray(order) || order.length !== regions.length || !order.every((label) => Number.isInteger(label))) {
    throw bad(`regions need "regions_class_order" with ${regions.length} labels`);
  }
  return { ...common, regions, regionClassOrder: order as number[], outputs: regions.length };
}
