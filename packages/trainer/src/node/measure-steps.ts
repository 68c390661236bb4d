import type { AugmentationRecipe } from '@nnunet/augment';
import type { Transforms } from '@nnunet/augment/transforms';
import type { TrainingTimes } from '../fit-time-budget.ts';
import type { TrainingDecisions } from '../training-decisions.ts';
import { resolveSettings } from '../training-settings.ts';
import { startingState } from '../training-state.ts';
import type { FoldData } from './fold-data.ts';
import { LoadedBatches } from './loaded-batches.ts';
import { type SessionEngineOptions, startSessionEngine } from './session-engine.ts';

/** The first step is slower than those that follow. */
const UNCOUNTED = 1;
const COUNTED = 3;

export interface MeasureStepsOptions extends Pick<SessionEngineOptions, 'batchSize' | 'compute'> {
  trainer: TrainingDecisions;
  data: FoldData;
  recipe: AugmentationRecipe;
  transforms?: Transforms;
  /** Threads that make batches. */
  workers?: number;
  signal?: AbortSignal;
}

/** Trains a temporary network for a few steps to measure how many seconds they take on this machine. */
export async function measureSteps(options: MeasureStepsOptions): Promise<Pick<TrainingTimes, 'step' | 'evaluation'>> {
  const { trainer, data, recipe, transforms, workers, signal, ...session } = options;
  const settings = resolveSettings({
    epochs: 1,
    iterationsPerEpoch: UNCOUNTED + COUNTED,
    validationIterationsPerEpoch: UNCOUNTED + 1,
  });
  const state = startingState(settings, trainer.optimizer().momentum);
  const batches = new LoadedBatches({ ...data, recipe, transforms, state, workers });
  try {
    const engine = await startSessionEngine({ ...session, trainer, seed: settings.seed });
    try {
      const timed = async (work: () => Promise<unknown>): Promise<number> => {
        signal?.throwIfAborted();
        const start = performance.now();
        await work();
        return (performance.now() - start) / 1000;
      };
      const steps: number[] = [];
      for (let i = 0; i < UNCOUNTED + COUNTED; i++) {
        // A learning rate at which nothing can go wrong.
        steps.push(await timed(async () => engine.step(await batches.training(), 1e-6)));
      }
      const evaluations: number[] = [];
      for (let i = 0; i < UNCOUNTED + 1; i++) {
        evaluations.push(await timed(async () => engine.evaluate(await batches.validation())));
      }
      const counted = steps.slice(UNCOUNTED).sort((a, b) => a - b);
      return { step: counted[counted.length >> 1]!, evaluation: evaluations[UNCOUNTED]! };
    } finally {
      await engine.dispose();
    }
  } finally {
    await batches.close();
  }
}
