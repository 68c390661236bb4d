import type { RegionV2 } from './labels-v2.ts';

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

/** The labels that a network learns. v1 has none but `all_classes`. */
export interface LearntLabels {
  /** Foreground labels, in the order of dataset.json. */
  all_classes: number[];
  /** Regions, which may overlap, if they are learnt instead of labels. */
  regions?: readonly RegionV2[] | undefined;
  /** Label that each region writes, later ones over earlier ones. Only with regions. */
  regions_class_order?: readonly number[] | undefined;
  /** Label of voxels that nobody annotated, one above all others. */
  ignore_label?: number | undefined;
}

/**
 * v1's dataset_properties: what the planner needs to know about a dataset. Lists are in the order of the sorted case
 * names.
 */
export interface Fingerprint extends LearntLabels {
  /** Voxels after cropping, (z, y, x). */
  all_sizes: number[][];
  /** mm, (z, y, x). */
  all_spacings: number[][];
  /** Channel index to modality name. */
  modalities: Record<string, string>;
  /** Intensity statistics by channel index, or null if no modality is named CT. */
  intensityproperties: Record<string, IntensityProperties> | null;
  /** Number of voxels after cropping divided by the number before, per case. */
  size_reductions: Record<string, number>;
}
