import * as v from 'valibot';
import { type DatasetLabels, formattedLabels, labelsByName, labelsByValue } from './dataset-labels.ts';
import { formatJson, parseOrderedJson } from './json-with-nan.ts';
import { namesByValue, valuesByName } from './label-forms.ts';
import { checkSchema, objectBefore, text } from './schema-check.ts';

/** An entry of the training list. Paths are as in the file; only the last part is used. */
export interface TrainingEntry {
  image: string;
  label: string;
}

/** The content of dataset.json. */
export interface DatasetDescription extends DatasetLabels {
  /** Channel index ("0", "1", ...) to name. The name determines the normalisation: CT, noNorm, or any other. */
  modality: Record<string, string>;
  training: TrainingEntry[];
  /** Test images; empty if the file lists none. */
  test: string[];
  name?: string;
  description?: string;
  reference?: string;
  licence?: string;
  release?: string;
  tensorImageSize?: string;
  numTraining?: number;
  numTest?: number;
}

const REMEDY =
  'dataset.json needs "modality" {"0": name}, "labels" {"0": "background", "1": name}, "training" [{"image", "label"}] and may have "test" [image].';

const modality = objectBefore(
  v.pipe(
    v.record(v.string(), v.string('the name of a modality expected')),
    v.check((value) => Object.keys(value).length > 0, 'at least one modality expected, {"0": "MRI"}'),
    v.check(
      (value) => Object.keys(value).every((_, i) => Object.hasOwn(value, String(i))),
      'channels numbered from "0" without a gap expected as keys',
    ),
  ),
  'an object expected, from channel ("0", "1", ...) to name',
);

const training = v.array(
  v.looseObject(
    { image: v.string('the path of an image expected'), label: v.string('the path of a label map expected') },
    'an object {"image", "label"} expected',
  ),
  'a list of {"image", "label"} expected',
);

/** Other keys are never read, so they are kept unchecked. */
const schemaOf = (labels: v.GenericSchema<unknown, Record<string, unknown>>) =>
  v.looseObject(
    { modality, labels, training, test: v.optional(v.array(text, 'a list of image paths expected'), []) },
    (issue) => (issue.expected?.startsWith('"') ? `the key ${issue.expected} expected` : 'an object expected'),
  );
const [schemaV1, schemaV2] = [schemaOf(namesByValue), schemaOf(valuesByName)];

/**
 * Parses a dataset.json. Its labels may have v1's form (names by value) or v2's (values by name), which can also say
 * regions, with `regions_class_order`. In both, a label called "ignore" is that of voxels without annotation.
 *
 * @param cases ids of the training cases, for a file of v2, which has `channel_names` and does not list them
 * @throws NnUNetError 'bad-json', 'bad-dataset-json'; 'bad-dataset' for labels without a meaning
 */
export function parseDatasetDescription(
  json: string,
  file = 'dataset.json',
  cases?: readonly string[],
): DatasetDescription {
  const { value, keysOf } = parseOrderedJson(json, file);
  const entries = Object.values(Object(Object(value).labels));
  const byName = entries.some((entry) => typeof entry === 'number' || Array.isArray(entry));
  const source = { file, tag: 'bad-dataset-json', remedy: REMEDY } as const;
  const { labels, ...rest } = checkSchema(byName ? schemaV2 : schemaV1, withKeysOfV1(value, cases), source);
  const keys = keysOf((value as unknown as { labels: object }).labels);
  const ownLabels = byName
    ? labelsByName(
        keys.map((name) => [name, labels[name]]),
        rest.regions_class_order,
        file,
      )
    : labelsByValue(
        keys.map((key) => [Number(key), labels[key] as string]),
        file,
      );
  return { ...(rest as unknown as DatasetDescription), ...ownLabels };
}

/** v2's file has `channel_names` for `modality`, and no list of its cases. */
function withKeysOfV1(value: unknown, cases: readonly string[] | undefined): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { channel_names, ...rest } = value as Record<string, unknown>;
  if (channel_names === undefined) return value;
  const training = cases?.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` }));
  return { modality: channel_names, ...(training && { training }), ...rest };
}

/** Formats a dataset.json: sorted, except for regions, whose order has a meaning. */
export function formatDatasetDescription(dataset: DatasetDescription): string {
  const { labelOrder: _, regions, ignoreLabel: __, ...content } = dataset;
  const whole = { ...content, labels: formattedLabels(dataset) };
  return regions === undefined ? formatJson(whole) : `${JSON.stringify(whole, null, 1)}\n`;
}

/** Number of images per case. */
export function modalityCount(dataset: Pick<DatasetDescription, 'modality'>): number {
  return Object.keys(dataset.modality).length;
}

/**
 * Returns the case id of an entry of `training` or `test`: the last part of the path without `.nii.gz` or `.nii`. For
 * other extensions, the last 7 characters are removed, as v1 always does.
 */
export function caseIdOfEntry(path: string): string {
  const name = lastPart(path);
  return name.slice(0, /\.nii$/i.test(name) ? -4 : -7);
}

/** Returns the case id of an image file `<case>_<mmmm>.nii.gz` (v1's get_case_identifier). */
export function caseIdOfImage(path: string): string {
  const name = lastPart(path);
  const end = name.indexOf('.nii.gz');
  return (end < 0 ? name : name.slice(0, end)).slice(0, -5);
}

/** `<case>_<mmmm>.nii.gz` */
export function imageFileName(caseId: string, modality: number): string {
  return `${caseId}_${String(modality).padStart(4, '0')}.nii.gz`;
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
