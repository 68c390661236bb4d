import * as v from 'valibot';
import { parseOrderedJson } from './json-with-nan.ts';
import { checkSchema, objectBefore, text } from './schema-check.ts';

/** An entry of the training list. Paths are as in the file; only the last part is used. */
export interface TrainingEntry {
  image: string;
  label: string;
}

/** The content of dataset.json. */
export interface DatasetDescription {
  /** Channel index ("0", "1", ...) to name. The name determines the normalisation: CT, noNorm, or any other. */
  modality: Record<string, string>;
  /** Label value (as a string) to name; 0 is the background. */
  labels: Record<string, string>;
  training: TrainingEntry[];
  /** Test images; empty if the file lists none. */
  test: string[];
  /** Label values in the order of the file, which v1 keeps up to the plans; not written. */
  labelOrder?: readonly number[];
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

const labels = objectBefore(
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.check((value) => Object.keys(value).length > 0, 'at least the background expected, {"0": "background"}'),
    v.check(
      (value) => !Object.values(value).some((entry) => typeof entry === 'number'),
      'label values expected as keys and names as values, {"1": "liver"}; found the reverse, as in nnU-Net v2: swap them',
    ),
    v.record(
      v.pipe(v.string(), v.regex(/^-?\d+$/, 'a label value expected as key, an integer in quotes such as "1"')),
      v.string('a label name expected'),
    ),
  ),
  'an object expected, from label value to name',
);

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
const schema = v.looseObject(
  { modality, labels, training, test: v.optional(v.array(text, 'a list of image paths expected'), []) },
  (issue) => (issue.expected?.startsWith('"') ? `the key ${issue.expected} expected` : 'an object expected'),
);

/**
 * Parses a dataset.json.
 * @throws NnUNetError 'bad-json', 'bad-dataset-json'
 */
export function parseDatasetDescription(json: string, file = 'dataset.json'): DatasetDescription {
  const { value, keysOf } = parseOrderedJson(json, file);
  const description = checkSchema(schema, value, { file, tag: 'bad-dataset-json', remedy: REMEDY });
  const inOrder = keysOf((value as unknown as { labels: object }).labels).map(Number);
  return { ...(description as DatasetDescription), labelOrder: inOrder };
}

/** v1's all_classes: the labels above 0, in the order of the file. */
export function foregroundLabels(dataset: Pick<DatasetDescription, 'labels' | 'labelOrder'>): number[] {
  return (dataset.labelOrder ?? Object.keys(dataset.labels).map(Number)).filter((label) => label > 0);
}

/** All label values, ascending. */
export function declaredLabels(dataset: Pick<DatasetDescription, 'labels'>): number[] {
  return Object.keys(dataset.labels)
    .map(Number)
    .sort((a, b) => a - b);
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
