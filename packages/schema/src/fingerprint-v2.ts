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
