import * as v from 'valibot';
import { parseJsonWithNaN } from './json-with-nan.ts';
import { checkSchema, count, finite, indexed, listOf, positive } from './schema-check.ts';

/** Statistics of the foreground voxels of one channel, all cases together. */
export interface ChannelStatisticsV2 {
  max: number;
  mean: number;
  median: number;
  min: number;
  percentile_00_5: number;
  percentile_99_5: number;
  std: number;
}

/**
 * nnU-Net v2's dataset_fingerprint.json: what its planners need to know about a dataset. Lists are in the order of the
 * cases.
 */
export interface FingerprintV2 {
  /** By channel index. */
  foreground_intensity_properties_per_channel: Record<string, ChannelStatisticsV2>;
  /** Voxels after cropping divided by voxels before: the median over the cases. */
  median_relative_size_after_cropping: number;
  /** Voxels after cropping, (z, y, x). */
  shapes_after_crop: number[][];
  /** mm, (z, y, x). */
  spacings: number[][];
}

const statistics = {
  max: finite,
  mean: finite,
  median: finite,
  min: finite,
  percentile_00_5: finite,
  percentile_99_5: finite,
  std: finite,
};

const schema = v.looseObject({
  foreground_intensity_properties_per_channel: indexed(v.looseObject(statistics), 'the statistics of a channel'),
  median_relative_size_after_cropping: positive,
  shapes_after_crop: v.array(listOf(count, 3, 'sizes in voxels (z, y, x)'), 'a list of sizes expected'),
  spacings: v.array(listOf(positive, 3, 'spacings in mm (z, y, x)'), 'a list of spacings expected'),
});

/**
 * Parses a dataset_fingerprint.json of nnU-Net v2.
 * @throws NnUNetError 'bad-json', 'bad-fingerprint'
 */
export function parseFingerprintV2(json: string, file = 'dataset_fingerprint.json'): FingerprintV2 {
  const remedy = 'Make it again with nnUNetv2_extract_fingerprint `clean`.';
  return checkSchema(schema, parseJsonWithNaN(json, file), { file, tag: 'bad-fingerprint', remedy });
}
