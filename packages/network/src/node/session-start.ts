import { checkShapesOf } from '../inference-graph.ts';
import { diceAndCrossEntropy, type Loss } from '../loss.ts';
import type { NetworkDescription } from '../network-description.ts';
import { defaultOptimizer, type OptimizerOptions } from '../optimizer.ts';
import { momentumShapes, zeroMomentaOf } from '../optimizer-state.ts';
import { initialiseWeights, type Parameters, parameterShapes } from '../parameters.ts';
import type { StepOptions } from '../training-step.ts';
import type { LoweringChoice } from './choose-lowering.ts';
import type { DeviceName } from './device.ts';

export interface TrainingSessionOptions {
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
  lowering?: LoweringChoice;
  /** 'cpu' if not given. On 'webgpu' weights and momenta stay in the device's memory from step to step. */
  device?: DeviceName;
  /** Physical cores if not given. */
  threads?: number;
}

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
