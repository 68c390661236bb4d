import { product } from './percentile.ts';

export interface NetworkSize {
  /** Voxels. */
  patch: readonly number[];
  /** One entry a pooling step. */
  poolKernels: readonly (readonly number[])[];
  baseFeatures: number;
  maxFeatures: number;
  modalities: number;
  /** Background included. */
  classes: number;
  convPerStage: number;
}

/**
 * Number of feature map values of one patch in training: the planner's measure of memory, with no unit.
 *
 * Each resolution counts its encoder and decoder convolutions and one upsampled map, the bottleneck its convolutions
 * alone, the highest resolution input and output too. From v1's `Generic_UNet.compute_approx_vram_consumption`.
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
