/** Statistics of one modality's foreground voxels (spec: fingerprint §4). */
export interface IntensityStatistics {
  median: number;
  mean: number;
  sd: number;
  mn: number;
  mx: number;
  percentile_99_5: number;
  percentile_00_5: number;
}

/** Statistics over all cases, and per case. */
export interface IntensityProperties extends IntensityStatistics {
  local_props: Record<string, IntensityStatistics>;
}

/** v1's dataset_properties: what the planner needs to know of a dataset. Lists run over the cases in the order of their sorted names. */
export interface Fingerprint {
  /** Voxels after cropping, (z, y, x). */
  all_sizes: number[][];
  /** mm, (z, y, x). */
  all_spacings: number[][];
  /** Foreground labels, in the order of dataset.json. */
  all_classes: number[];
  /** Channel index to modality name. */
  modalities: Record<string, string>;
  /** Only when a modality is called CT; null otherwise. Keyed by channel index. */
  intensityproperties: Record<string, IntensityProperties> | null;
  /** Case to voxels after cropping divided by voxels before. */
  size_reductions: Record<string, number>;
}
