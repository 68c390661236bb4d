import * as v from 'valibot';
import type { Fingerprint, IntensityProperties } from './fingerprint.ts';
import { parseJsonWithNaN } from './json-with-nan.ts';
import {
  checkSchema,
  count,
  finite,
  indexed,
  integer,
  listOf,
  numberOrNaN,
  positive,
  positiveInteger,
  text,
} from './schema-check.ts';

const statistics = {
  median: numberOrNaN,
  mean: numberOrNaN,
  sd: numberOrNaN,
  mn: numberOrNaN,
  mx: numberOrNaN,
  percentile_99_5: numberOrNaN,
  percentile_00_5: numberOrNaN,
};

const intensityProperties = indexed(
  v.looseObject({ ...statistics, local_props: v.record(text, v.looseObject(statistics)) }),
  'the statistics of a modality',
);

const region = v.looseObject(
  { name: v.string('the name of a region expected'), values: v.array(integer, 'a list of label values expected') },
  'an object {"name", "values"} expected',
);

/** Of fingerprint and plans. */
export const learntLabels = {
  all_classes: v.array(integer, 'a list of label values expected'),
  regions: v.optional(v.array(region, 'a list of regions expected')),
  regions_class_order: v.optional(v.array(integer, 'a list of label values expected')),
  ignore_label: v.optional(positiveInteger),
};

export const fingerprintSchema = v.looseObject({
  all_sizes: v.array(listOf(count, 3, 'sizes in voxels (z, y, x)'), 'a list of sizes expected'),
  all_spacings: v.array(listOf(positive, 3, 'spacings in mm (z, y, x)'), 'a list of spacings expected'),
  ...learntLabels,
  modalities: indexed(v.string('the name of a modality expected'), 'modality name'),
  intensityproperties: v.optional(v.nullable(intensityProperties), null),
  size_reductions: v.record(text, finite, 'an object from case to number expected'),
});

const REMEDY = 'Make it again with nnUNet_plan_and_preprocess.';

/**
 * Parses a dataset_properties.json.
 * @throws NnUNetError 'bad-json', 'bad-fingerprint'
 */
export function parseFingerprint(json: string, file = 'dataset_properties.json'): Fingerprint {
  return checkFingerprint(parseJsonWithNaN(json, file), file);
}

/** Like {@link parseFingerprint}, for an already parsed value. */
export function checkFingerprint(value: unknown, file: string): Fingerprint {
  const source = { file, tag: 'bad-fingerprint', remedy: REMEDY } as const;
  return checkSchema(fingerprintSchema, value, source) as unknown as Fingerprint;
}

/**
 * Parses an intensityproperties.json, keyed by channel index.
 * @throws NnUNetError 'bad-json', 'bad-fingerprint'
 */
export function parseIntensityProperties(
  json: string,
  file = 'intensityproperties.json',
): Record<string, IntensityProperties> {
  return checkIntensityProperties(parseJsonWithNaN(json, file), file);
}

/** Like {@link parseIntensityProperties}, for an already parsed value. */
export function checkIntensityProperties(value: unknown, file: string): Record<string, IntensityProperties> {
  const source = { file, tag: 'bad-fingerprint', remedy: `Delete it. ${REMEDY}` } as const;
  return checkSchema(intensityProperties, value, source);
}
