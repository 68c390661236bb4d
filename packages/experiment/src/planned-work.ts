import type { Extensions } from '@nnunet/pipeline';
import type { Roots } from '@nnunet/schema';
import type { ImageGeometry } from '@nnunet/volume';
import type { ConfigurationWork } from './estimate-work.ts';
import type { ExperimentSettings } from './settings.ts';

/** What the plans of a task say of the work of its jobs, whether they are v1's or v2's. */
export interface PlannedWork {
  /** The training cases, cropped, in image axis order. */
  readonly cases: readonly ImageGeometry[];
  /** Images per case. */
  readonly channels: number;
  /** Foreground labels. */
  readonly labels: number;
  /** To what the cases are resampled, for each folder of prepared cases. */
  readonly grids: readonly PreparedGrid[];
  /** That the plans may contain. */
  readonly configurations: readonly string[];
  /**
   * Returns what the network of a configuration takes; null if the plans do not contain it.
   *
   * @throws NnUNetError 'unknown-trainer' and what a training would be refused for
   */
  configuration(name: string, settings: ExperimentSettings): ConfigurationWork | null;
  /** Reads the headers of the images to predict in a folder. @throws NnUNetError 'missing-folder', 'no-images', … */
  images(folder: string): Promise<ImageGeometry[]>;
}

/** Axes of prepared cases, and their spacing in this order: mm; only two where slices are kept as they are. */
export interface PreparedGrid {
  transposeForward: readonly number[];
  spacing: readonly number[];
}

/** The experiment whose jobs are estimated. */
export interface EstimatedExperiment {
  roots: Roots;
  settings: ExperimentSettings;
  extensions: Extensions;
}

/** How the plans of tasks of one nnU-Net, v1 or v2, are read. */
export interface PlannedWorkRules {
  /** By the plans that are stored; null if the task is not planned yet. */
  stored(experiment: EstimatedExperiment): Promise<PlannedWork | null>;
  /**
   * By the plans as they follow from the headers of the images: nothing is cropped, and intensities are unknown. null
   * without images.
   */
  foreseen(experiment: EstimatedExperiment): Promise<PlannedWork | null>;
}
