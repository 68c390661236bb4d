import type { Batch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import type { StepSession, TrainingSessionOptions } from '@nnunet/network/internal';
import { stepOptimizer } from './step-optimizer.ts';
import type { TrainingDecisions } from './training-decisions.ts';
import type { TrainingEngine } from './training-ports.ts';

export interface StepStart {
  trainer: TrainingDecisions;
  batchSize: number;
  /** Seed of the initial weights, if none are given. */
  seed: number;
  weights?: WeightMap;
  momenta?: WeightMap;
  /** Of the state, and the share of the training that lies behind; those of a training's start if not given. */
  momentum?: number;
  share?: number;
}

/** Returns a trainer's network, loss and optimiser as what a training session is created from. */
export function sessionOptions(start: StepStart): TrainingSessionOptions {
  const { trainer, batchSize, seed, weights, momenta, share = 0 } = start;
  const { momentum = trainer.optimizer().momentum ?? 0 } = start;
  return {
    description: trainer.network(),
    patchSize: trainer.patchSize,
    batchSize,
    loss: trainer.loss(share),
    lossWeights: trainer.lossWeights(),
    optimizer: stepOptimizer(trainer, { momentum, share }),
    weights,
    momenta,
    seed,
  };
}

/** A training session as the engine of a training. */
export function engineOf(
  session: Pick<StepSession, 'step' | 'evaluate' | 'weights' | 'momenta' | 'dispose'>,
): TrainingEngine {
  const feed = ({ data, targets }: Batch) => ({ data, targets: targets.map((target) => target.data) });
  return {
    step: (batch, learningRate, number) => session.step(feed(batch), learningRate, number),
    evaluate: (batch) => session.evaluate(feed(batch)),
    snapshot: async () => ({ weights: await session.weights(), momenta: await session.momenta() }),
    dispose: () => session.dispose(),
  };
}
