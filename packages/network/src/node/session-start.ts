import { diceAndCrossEntropy, type Loss } from '../loss.ts';
import type { NetworkDescription } from '../network-description.ts';
import { defaultOptimizer, type OptimizerOptions } from '../optimizer.ts';
import { zeroMomentaOf } from '../optimizer-state.ts';
import { initialiseWeights, type Parameters } from '../parameters.ts';
import type { StepOptions } from '../training-step.ts';
import type { Compute } from './compute.ts';
import { SessionState } from './session-state.ts';

export interface TrainingSessionOptions extends Omit<Compute, 'sessions'> {
  description: NetworkDescription;
  /** Voxels, in the axis order of the data; divisible by the product of the pools. */
  patchSize: readonly number[];
  batchSize: number;
  /** Dice of the batch as one image; ignored where `loss` is given. */
  batchDice?: boolean;
  /** Soft Dice and cross-entropy if not given. */
  loss?: Loss;
  /** Per output, full resolution first; halved from one to the next, the last 0, if not given. */
  lossWeights?: readonly number[];
  optimizer?: OptimizerOptions;
  /** To go on from; new ones of `seed` if not given. Copied. */
  weights?: Parameters;
  momenta?: Parameters;
  seed?: number;
}

/**
 * What a training session starts with: all that is not given filled in.
 * @throws NnUNetError 'bad-weights' for weights of another network
 */
export function sessionStart(options: TrainingSessionOptions): { step: StepOptions; state: SessionState } {
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
  const momenta = new Map([...zeroMomentaOf(description, optimizer ?? defaultOptimizer), ...(options.momenta ?? [])]);
  return { step, state: new SessionState(step, { weights, momenta }) };
}
