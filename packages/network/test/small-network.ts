import type { NetworkDescription } from '../src/network-description.ts';

/** A U-Net of two stages for slices. */
export const smallNetwork: NetworkDescription = {
  architecture: 'Generic_UNet',
  dimension: 2,
  inputChannels: 1,
  classes: 2,
  features: [2, 4],
  pools: [[2, 2]],
  kernels: [
    [3, 3],
    [3, 3],
  ],
  convolutionsPerStage: 2,
  convolutionBias: true,
  norm: 'instance',
  normEpsilon: 1e-5,
  negativeSlope: 0.01,
  deepSupervision: true,
};
