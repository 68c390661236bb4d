import type { Compute } from './compute.ts';
import type { Loss } from './loss.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Optimizer } from './optimizer.ts';
import type { Parameters } from './parameters.ts';

export interface TrainingSessionOptions extends Omit<Compute, 'sessions'> {
  description: NetworkDescription;
  /** Voxels, in the axis order of the data; divisible by the product of the pools. */
  patchSize: readonly number[];
  batchSize: number;
  /** Compute the Dice of the batch as one image; ignored if `loss` is given. */
  batchDice?: boolean;
  /** Default: soft Dice plus cross-entropy. */
  loss?: Loss;
  /** Per output, full resolution first. Default: each half of the previous one, the last 0. */
  lossWeights?: readonly number[];
  /** Default: `sgd` of `@nnunet/network/optimizers`. */
  optimizer?: Optimizer;
  /** Weights to start from; copied. Default: new weights drawn with `seed`. */
  weights?: Parameters;
  /** What the optimiser has kept so far; copied. Default: zeros. */
  momenta?: Parameters;
  seed?: number;
}
