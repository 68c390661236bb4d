import type { Compute } from './compute.ts';
import { checkWeights } from './inference-graph.ts';
import { diceAndCrossEntropy, type Loss } from './loss.ts';
import type { NetworkDescription } from './network-description.ts';
import type { Optimizer } from './optimizer.ts';
import { startingMomenta } from './optimizer-state.ts';
import { sgd } from './optimizers.ts';
import { initialiseWeights, type Parameters } from './parameters.ts';
import type { Runtime } from './runtime.ts';
import { SessionState } from './session-state.ts';
import type { StepOptions } from './training-step.ts';

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

/**
 * Returns the initial values of a training session, with all defaults filled in.
 *
 * @throws NnUNetError 'bad-weights' for weights of another network or the state of another optimiser, 'bad-optimizer'
 */
export function sessionStart(
  runtime: Runtime,
  options: TrainingSessionOptions,
): { step: StepOptions; state: SessionState } {
  const { description, patchSize, batchSize, lossWeights, optimizer } = options;
  const step: StepOptions = {
    description,
    patchSize,
    batchSize,
    loss: options.loss ?? diceAndCrossEntropy({ batchDice: options.batchDice ?? false }),
    ...(lossWeights === undefined ? {} : { lossWeights }),
    ...(optimizer === undefined ? {} : { optimizer }),
  };
  const weights = options.weights ?? initialiseWeights(description, options.seed ?? 0);
  checkWeights(description, weights);
  const momenta = startingMomenta(description, optimizer ?? sgd, options.momenta);
  return { step, state: new SessionState(runtime, step, { weights, momenta }) };
}
