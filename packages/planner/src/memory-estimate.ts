import { product } from './percentile.ts';

export interface NetworkSize {
  /** Voxels. */
  patch: readonly number[];
  /** One entry per pooling step. */
  poolKernels: readonly (readonly number[])[];
  baseFeatures: number;
  maxFeatures: number;
  modalities: number;
  /** Including background. */
  classes: number;
  convPerStage: number;
}

/**
 * Returns the number of feature map values of one patch during training: the planner's dimensionless measure of memory.
 *
 * Each resolution counts its encoder and decoder convolutions and one upsampled map; the bottleneck counts only its
 * convolutions; the highest resolution also counts input and output. From v1's
 * `Generic_UNet.compute_approx_vram_consumption`.
 */
export function estimateMemory(network: NetworkSize): number {
  const { patch, poolKernels, baseFeatures, maxFeatures, convPerStage } = network;
  const blocks = 2 * convPerStage + 1;
  let features = baseFeatures;
  let voxels = product(patch);
  let total = voxels * (blocks * features + network.modalities + network.classes);
  poolKernels.forEach((pool, step) => {
    voxels /= product(pool);
    features = Math.min(2 * features, maxFeatures);
    total += (step < poolKernels.length - 1 ? blocks : convPerStage) * voxels * features;
  });
  return total;
}
