import type { IntensityStatistics } from '@nnunet/schema';

/** What a scheme may know beside the voxels of a channel. */
export interface ChannelContext {
  /** Label or mask of each voxel, below 0 outside the nonzero region of the case. */
  mask: Float32Array;
  /** Whether the plans want only voxels inside the nonzero region to be normalised (`use_mask_for_norm`). */
  useMask: boolean;
  /** Foreground intensities of the training set; null if the plans contain none. */
  statistics: Readonly<ForegroundStatistics> | null;
}

/** v2's plans contain only the first four. */
export type ForegroundStatistics = Pick<IntensityStatistics, 'mean' | 'sd' | 'percentile_00_5' | 'percentile_99_5'> &
  Partial<IntensityStatistics>;

/** A normalisation scheme, chosen by name in the plans for each channel. */
export interface Normalization {
  readonly name: string;
  /**
   * Normalises the voxels of a channel in place.
   * @param image (z, y, x): after resampling, or before it in models of nnU-Net v2
   */
  normalize(image: Float32Array, context: ChannelContext): void;
}
