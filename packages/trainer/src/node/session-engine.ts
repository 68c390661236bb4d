import type { Batch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import { type Compute, ParallelTrainingSession, TrainingSession } from '@nnunet/network/node';
import { stepOptimizer } from '../step-optimizer.ts';
import type { Trainer } from '../trainer.ts';
import type { TrainingEngine } from '../training-ports.ts';

export interface SessionEngineOptions {
  trainer: Trainer;
  batchSize: number;
  /** Seed of the initial weights, if none are given. */
  seed: number;
  weights?: WeightMap;
  momenta?: WeightMap;
  /** Of the state, and the share of the training that lies behind; those of a training's start if not given. */
  momentum?: number;
  share?: number;
  compute?: Compute;
}

/**
 * Builds a trainer's network, loss and optimiser as graphs of ONNX Runtime. A step with one session blocks this thread.
 */
export async function startSessionEngine(options: SessionEngineOptions): Promise<TrainingEngine> {
  const { trainer, batchSize, seed, weights, momenta, share = 0 } = options;
  const { sessions = 1, ...compute } = options.compute ?? {};
  const { momentum = trainer.optimizer().momentum ?? 0 } = options;
  const settings = {
    description: trainer.network(),
    patchSize: trainer.stagePlans.patch_size,
    batchSize,
    loss: trainer.loss(share),
    lossWeights: trainer.lossWeights(),
    optimizer: stepOptimizer(trainer, { momentum, share }),
    weights,
    momenta,
    seed,
    ...compute,
  };
  const session =
    sessions === 1
      ? await TrainingSession.create(settings)
      : await ParallelTrainingSession.create({ ...settings, sessions });
  const feed = ({ data, targets }: Batch) => ({ data, targets: targets.map((target) => target.data) });
  return {
    step: (batch, learningRate, number) => session.step(feed(batch), learningRate, number),
    evaluate: (batch) => session.evaluate(feed(batch)),
    snapshot: async () => ({ weights: await session.weights(), momenta: await session.momenta() }),
    dispose: () => session.dispose(),
  };
}
