import { checkWeights } from './inference-graph.ts';
import { diceAndCrossEntropy } from './loss.ts';
import { startingMomenta } from './optimizer-state.ts';
import { sgd } from './optimizers.ts';
import { initialiseWeights } from './parameters.ts';
import type { Runtime } from './runtime.ts';
import { SessionState } from './session-state.ts';
import type { TrainingSessionOptions } from './training-session-options.ts';
import type { StepOptions } from './training-step.ts';

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
