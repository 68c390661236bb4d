import * as v from 'valibot';
import type { CaseProperties } from './case-properties.ts';
import { parseJsonWithNaN } from './json-with-nan.ts';
import { checkSchema, count, finite, flag, indexed, listOf, positive, text } from './schema-check.ts';

const schema = v.looseObject({
  original_size_of_raw_data: listOf(count, 3, 'sizes in voxels (z, y, x)'),
  original_spacing: listOf(positive, 3, 'spacings in mm (z, y, x)'),
  list_of_data_files: v.array(text, 'a list of files expected'),
  seg_file: v.optional(v.nullable(text), null),
  itk_origin: listOf(finite, 3, 'coordinates (x, y, z)'),
  itk_spacing: listOf(positive, 3, 'spacings in mm (x, y, z)'),
  itk_direction: listOf(finite, 9, 'direction cosines'),
  crop_bbox: listOf(listOf(count, 2, 'bounds [lo, hi)'), 3, 'pairs [lo, hi) (z, y, x)'),
  classes: v.array(finite, 'a list of label values expected'),
  size_after_cropping: listOf(count, 3, 'sizes in voxels (z, y, x)'),
  use_nonzero_mask_for_norm: v.optional(indexed(flag, 'true or false')),
  size_after_resampling: v.optional(listOf(count, 3, 'sizes in voxels')),
  spacing_after_resampling: v.optional(listOf(positive, 3, 'spacings in mm')),
  nifti_header: v.optional(text),
  made_from: v.optional(v.record(v.string(), text, 'an object from source to hash expected')),
});

/**
 * Parses the properties of a case.
 * @throws NnUNetError 'bad-json', 'bad-case-properties'
 */
export function parseCaseProperties(json: string, file: string): CaseProperties {
  return checkCaseProperties(parseJsonWithNaN(json, file), file);
}

/** Like {@link parseCaseProperties}, for an already parsed value. */
export function checkCaseProperties(value: unknown, file: string): CaseProperties {
  const remedy = 'Delete the files of this case and preprocess it again.';
  const source = { file, tag: 'bad-case-properties', remedy } as const;
  return checkSchema(schema, value, source) as unknown as CaseProperties;
}
