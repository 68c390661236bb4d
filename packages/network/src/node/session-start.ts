import { checkShapesOf } from '../inference-graph.ts';
import { diceAndCrossEntropy } from '../loss.ts';
import { defaultOptimizer } from '../optimizer.ts';
import { momentumShapes, zeroMomentaOf } from '../optimizer-state.ts';
import { initialiseWeights, type Parameters, parameterShapes } from '../parameters.ts';
import type { StepOptions } from '../training-step.ts';
import type { TrainingSessionOptions } from './training-session.ts';

/** What a training session starts with: all that is not given filled in, all that is given checked. */
export interface SessionStart {
  step: StepOptions;
  weights: Parameters;
  momenta: Parameters;
}

/** @throws NnUNetError 'bad-weights' for weights of another network */
export function sessionStart(options: TrainingSessionOptions): SessionStart {
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
  const kept = optimizer ?? defaultOptimizer;
  const momenta = new Map([...zeroMomentaOf(description, kept), ...(options.momenta ?? [])]);
  checkParameters(step, { weights, momenta });
  return { step, weights, momenta };
}

/** @throws NnUNetError 'bad-weights' for those of another network or optimiser */
export function checkParameters(
  { description, optimizer = defaultOptimizer }: StepOptions,
  { weights, momenta }: { weights?: Parameters | undefined; momenta?: Parameters | undefined },
): void {
  if (weights !== undefined) checkShapesOf(parameterShapes(description), weights);
  if (momenta !== undefined) checkShapesOf(momentumShapes(description, optimizer), momenta);
}
