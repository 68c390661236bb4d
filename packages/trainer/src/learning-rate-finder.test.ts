import type { Batch } from '@nnunet/augment';
import { expect, it } from 'vitest';
import { searchLearningRate } from './learning-rate-finder.ts';
import type { TrainingEngine } from './training-ports.ts';

/** Loss w², which falls while the learning rate is below 1 and explodes above. */
function parabola(rates: number[]): TrainingEngine {
  let w = 1;
  const none = async () => ({ loss: 0, truePositives: [], falsePositives: [], falseNegatives: [] });
  return {
    step: async (_batch, learningRate) => {
      rates.push(learningRate);
      const loss = w ** 2;
      w -= 2 * learningRate * w;
      return { loss, gradientNorm: 2 * w };
    },
    evaluate: none,
    snapshot: async () => ({ weights: new Map(), momenta: new Map() }),
    dispose: async () => undefined,
  };
}

const batches = { training: async () => ({}) as Batch };

it('raises the rate geometrically and stops where the loss explodes', async () => {
  const rates: number[] = [];
  const points = await searchLearningRate({ engine: parabola(rates), batches, iterations: 201 });
  expect(points.map((p) => p.learningRate)).toEqual(rates);
  expect(rates[0]).toBe(1e-6);
  expect(rates[1] / rates[0]).toBeCloseTo(1e7 ** (1 / 200), 10);
  expect(points.length).toBeLessThan(201);
  expect(rates.at(-1)).toBeGreaterThan(1);
  const least = points.reduce((a, b) => (b.loss < a.loss ? b : a));
  expect(least.learningRate).toBeGreaterThan(0.1);
  expect(points.at(-1)!.loss).toBeGreaterThan(4 * least.loss);
});

it('smooths the loss plus 1, without a bias to 0 at the start', async () => {
  const [first] = await searchLearningRate({ engine: parabola([]), batches, iterations: 1 });
  expect(first.loss).toBeCloseTo(2, 12);
});
