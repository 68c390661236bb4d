import type { BatchSource, TrainingEngine } from './training-ports.ts';

export interface LearningRatePoint {
  learningRate: number;
  /** Smoothed loss plus 1, so that it is positive. */
  loss: number;
}

export interface LearningRateSearch {
  engine: TrainingEngine;
  batches: Pick<BatchSource, 'training'>;
  /** Steps; 1000. */
  iterations?: number;
  /** First and last learning rate. Default: 1e-6 and 10. */
  lowest?: number;
  highest?: number;
  signal?: AbortSignal;
  onProgress?: (progress: { done: number; total: number; point: LearningRatePoint }) => void;
}

const KEEP = 0.98;

/**
 * Trains with a learning rate that grows geometrically from step to step, and stops when the loss has grown to four
 * times its minimum. A good learning rate is well below that of the minimum loss, where the loss still falls steeply.
 *
 * @returns the points, in the order of the steps
 *
 * Origin: v1's `NetworkTrainer.find_lr`; the range test of Smith, Cyclical Learning Rates (WACV 2017).
 */
export async function searchLearningRate(search: LearningRateSearch): Promise<LearningRatePoint[]> {
  const { engine, batches, iterations = 1000, lowest = 1e-6, highest = 10, signal, onProgress } = search;
  const points: LearningRatePoint[] = [];
  let average = 0;
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < iterations; i++) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    signal?.throwIfAborted();
    const learningRate = lowest * (highest / lowest) ** (i / Math.max(1, iterations - 1));
    const { loss } = await engine.step(await batches.training(0, i), learningRate);
    average = KEEP * average + (1 - KEEP) * (loss + 1);
    const point = { learningRate, loss: average / (1 - KEEP ** (i + 1)) };
    points.push(point);
    onProgress?.({ done: i + 1, total: iterations, point });
    if (!Number.isFinite(point.loss) || point.loss > 4 * best) break;
    best = Math.min(best, point.loss);
  }
  return points;
}
