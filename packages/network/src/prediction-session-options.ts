import type { ActivationRanges } from '@nnunet/autodiff';
import type { Compute } from './compute.ts';
import type { OutputNonlinearity } from './inference-graph.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Parameters } from './parameters.ts';

export interface PredictionSessionOptions extends Omit<Compute, 'sessions'> {
  description: NetworkDescription;
  weights: Parameters;
  /** Voxels, in the axis order of the data; divisible by the product of the pools. */
  patchSize: readonly number[];
  /** Patches per run. Default: 1. */
  batchSize?: number;
  /** Default: 'softmax'. */
  nonlinearity?: OutputNonlinearity;
  /**
   * Ranges of the network's values, measured on some images: computes with 8-bit integers. Only for one patch at a time
   * on the CPU. Default: floating point.
   */
  ranges?: ActivationRanges | undefined;
}
