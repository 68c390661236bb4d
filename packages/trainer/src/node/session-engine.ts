import type { Batch } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import { type LoweringChoice, TrainingSession } from '@nnunet/network/node';
import type { Trainer } from '../trainer.ts';
import type { TrainingEngine } from '../training-ports.ts';

export interface SessionEngineOptions {
  trainer: Trainer;
  batchSize: number;
  /** Of the first weights, where none are given. */
  seed: number;
  weights?: WeightMap;
  momenta?: WeightMap;
  momentum: number;
  lowering?: LoweringChoice;
  threads?: number;
}

/** A trainer's network, loss and optimiser as graphs of ONNX Runtime. A step blocks this thread. */
export async function startSessionEngine(options: SessionEngineOptions): Promise<TrainingEngine> {
  const { trainer, batchSize, seed, weights, momenta, momentum, lowering, threads } = options;
  const session = await TrainingSession.create({
    description: trainer.network(),
    patchSize: trainer.stagePlans.patch_size,
    batchSize,
    loss: trainer.loss(),
    lossWeights: trainer.lossWeights(),
    optimizer: { ...trainer.optimizer(), momentum },
    weights,
    momenta,
    seed,
    lowering,
    threads,
  });
  const feed = ({ data, targets }: Batch) => ({ data, targets: targets.map((target) => target.data) });
  return {
    step: (batch, learningRate) => session.step(feed(batch), learningRate),
    evaluate: (batch) => session.evaluate(feed(batch)),
    snapshot: async () => ({ weights: session.weights(), momenta: session.momenta() }),
    dispose: () => session.dispose(),
  };
}
