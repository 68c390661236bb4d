/** Statistics of one modality's foreground voxels. */
export interface IntensityStatistics {
  median: number;
  mean: number;
  sd: number;
  mn: number;
  mx: number;
  percentile_99_5: number;
  percentile_00_5: number;
}

/** Statistics of all cases together, and of each case. */
export interface IntensityProperties extends IntensityStatistics {
  local_props: Record<string, IntensityStatistics>;
}

/**
 * v1's dataset_properties: what the planner needs to know about a dataset. Lists are in the order of the sorted case
 * names.
 */
export interface Fingerprint {
  /** Voxels after cropping, (z, y, x). */
  all_sizes: number[][];
  /** mm, (z, y, x). */
  all_spacings: number[][];
  /** Foreground labels, in the order of dataset.json. */
  all_classes: number[];
  /** Channel index to modality name. */
  modalities: Record<string, string>;
  /** Intensity statistics by channel index, or null if no modality is named CT. */
  intensityproperties: Record<string, IntensityProperties> | null;
  /** Number of voxels after cropping divided by the number before, per case. */
  size_reductions: Record<string, number>;
}
