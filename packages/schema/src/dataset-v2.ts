import * as v from 'valibot';
import type { DatasetLabels } from './dataset-labels.ts';
import { parseOrderedJson } from './json-with-nan.ts';
import { isWrittenNumber, type LabelsV2, labelsV2 } from './labels-v2.ts';
import { checkSchema, objectBefore } from './schema-check.ts';

/** The files of a case where dataset.json lists them. Paths are as in the file. */
export interface CaseFilesV2 {
  images: string[];
  label: string;
}

/** nnU-Net v2's dataset.json. */
export interface DatasetV2 {
  /** In the order of the file, which is that of the channels. The names decide the normalisation. */
  channelNames: string[];
  /** Number of entries of `labels`, which v2's planners count as outputs. */
  labelEntries: number;
  labels: LabelsV2;
  /** Name of each label or region, in the order of the file. */
  labelNames: string[];
  /** Of what is learnt and scored, by {@link classNamesV2}. */
  classNames: string[];
  /** Value of a label to its name; the labels of regions have names of their own only where a region is of one label. */
  namesByValue: Record<string, string>;
  numTraining: number;
  /** With the dot, such as `.nii.gz`. */
  fileEnding: string;
  /** v2's class that reads the images; null: chosen by the file ending. */
  imageReader: string | null;
  /** By case, in the order of the file; null: the folders imagesTr and labelsTr. */
  files: Map<string, CaseFilesV2> | null;
}

const REMEDY =
  'dataset.json of nnU-Net v2 needs "channel_names" {"0": name}, "labels" {"background": 0, name: 1}, "numTraining" and "file_ending" ".nii.gz".';

const names = objectBefore(
  v.pipe(
    v.record(v.string(), v.string('the name of a channel expected')),
    v.check((value) => Object.keys(value).length > 0, 'at least one channel expected, {"0": "MRI"}'),
  ),
  'an object expected, from channel ("0", "1", ...) to name',
);

const labelEntries = objectBefore(
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.check(
      (value) => !Object.values(value).some((entry) => typeof entry === 'string' && !isWrittenNumber(entry)),
      'names expected as keys and values as numbers, {"liver": 1}; found the reverse, as in nnU-Net v1: swap them',
    ),
  ),
  'an object expected, from the name of a label to its value',
);

const files = objectBefore(
  v.record(
    v.string(),
    v.looseObject(
      {
        images: v.array(v.string('the path of an image expected'), 'a list of paths expected'),
        label: v.string('the path of a label map expected'),
      },
      'an object {"images", "label"} expected',
    ),
  ),
  'an object expected, from the name of a case to its files',
);

const rest = {
  labels: labelEntries,
  numTraining: v.pipe(
    v.number('a number of cases expected'),
    v.integer('a whole number of cases expected'),
    v.minValue(1, 'at least one case expected'),
  ),
  file_ending: v.pipe(
    v.string('a file ending expected'),
    v.regex(/^\../, 'a file ending with its dot expected, ".nii.gz"'),
  ),
  overwrite_image_reader_writer: v.optional(v.nullable(v.string('the name of a class expected'))),
  dataset: v.optional(files),
};

/** Other keys are never read, so they are kept unchecked. */
const schemas = {
  channel_names: v.looseObject({ channel_names: names, ...rest }),
  modality: v.looseObject({ modality: names, ...rest }),
};

/**
 * Parses v2's dataset.json. The names of channels are `channel_names`, or in older files `modality`.
 *
 * @throws NnUNetError 'bad-json', 'bad-dataset-json', 'bad-dataset' for labels without a meaning
 */
export function parseDatasetV2(json: string, file = 'dataset.json'): DatasetV2 {
  const { value, keysOf } = parseOrderedJson(json, file);
  const raw = Object(value) as Record<string, Record<string, unknown>>;
  const key = raw.channel_names === undefined && raw.modality !== undefined ? 'modality' : 'channel_names';
  const checked = checkSchema<v.InferOutput<(typeof schemas)['modality' | 'channel_names']>>(schemas[key], value, {
    file,
    tag: 'bad-dataset-json',
    remedy: REMEDY,
  });
  const labelNames = keysOf(raw.labels!);
  const reader = checked.overwrite_image_reader_writer ?? null;
  const labels = labelsV2(
    labelNames.map((name) => [name, raw.labels![name]]),
    checked.regions_class_order,
    file,
  );
  return {
    channelNames: keysOf(raw[key]!).map((channel) => raw[key]![channel] as string),
    labelEntries: labelNames.length,
    labelNames,
    namesByValue: namesByValueV2(raw.labels!),
    classNames: classNamesV2(labels, raw.labels!),
    labels,
    numTraining: checked.numTraining,
    fileEnding: checked.file_ending,
    imageReader: reader === 'None' ? null : reader,
    files: checked.dataset ? new Map(keysOf(raw.dataset!).map((id) => [id, checked.dataset![id]!])) : null,
  };
}

/** The names of the labels that an entry of dataset.json has for itself, by value. */
function namesByValueV2(labels: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, of]) => {
      const values = [of].flat();
      return values.length === 1 ? [[String(Number(values[0])), name]] : [];
    }),
  );
}

/**
 * Names of what is learnt and scored: the regions in the order of dataset.json, or the labels without background and ignore
 * label.
 *
 * @param content `labels` of dataset.json
 */
export function classNamesV2(
  { regions, foreground }: Pick<LabelsV2, 'regions' | 'foreground'>,
  content: Readonly<Record<string, unknown>>,
): string[] {
  if (regions !== null) return regions.map(({ name }) => name);
  const names = namesByValueV2(content);
  return foreground.map((label) => names[label] ?? `label ${label}`);
}

/** What dataset.json says of labels, in the form of v1's. Values without an entry of their own are called `label N`. */
export function datasetLabelsV2({ labels, namesByValue }: Pick<DatasetV2, 'labels' | 'namesByValue'>): DatasetLabels {
  const { all, regions, regionClassOrder, ignore } = labels;
  return {
    labels: Object.fromEntries(all.map((value) => [value, namesByValue[value] ?? `label ${value}`])),
    ...(regions && { regions, regions_class_order: regionClassOrder! }),
    ...(ignore !== null && { ignoreLabel: ignore }),
  };
}
