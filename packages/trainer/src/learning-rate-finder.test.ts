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
  expect(rates[1]! / rates[0]!).toBeCloseTo(1e7 ** (1 / 200), 10);
  expect(points.length).toBeLessThan(201);
  expect(rates.at(-1)).toBeGreaterThan(1);
  const least = points.reduce((a, b) => (b.loss < a.loss ? b : a));
  expect(least.learningRate).toBeGreaterThan(0.1);
  expect(points.at(-1)!.loss).toBeGreaterThan(4 * least.loss);
  for (const { loss } of points.slice(0, -1)) expect(loss).toBeLessThanOrEqual(4 * least.loss);
});

it('smooths the loss plus 1, without a bias to 0 at the start', async () => {
  const [first] = await searchLearningRate({ engine: parabola([]), batches, iterations: 1 });
  expect(first).toEqual({ learningRate: 1e-6, loss: expect.closeTo(2, 12) });
  // The newest of two values, 2 and 5, weighs 1 / 1.98: (0.98 * 2 + 5) / 1.98.
  const losses = [1, 4];
  const engine = { ...parabola([]), step: async () => ({ loss: losses.shift()!, gradientNorm: 0 }) };
  const points = await searchLearningRate({ engine, batches, iterations: 2, lowest: 0.001, highest: 0.1 });
  expect(points).toEqual([
    { learningRate: 0.001, loss: expect.closeTo(2, 12) },
    { learningRate: expect.closeTo(0.1, 12), loss: expect.closeTo(6.96 / 1.98, 12) },
  ]);
});

it('ends when the loss is NaN', async () => {
  const losses = [1, Number.NaN, 1];
  const engine = { ...parabola([]), step: async () => ({ loss: losses.shift()!, gradientNorm: 0 }) };
  const done: number[] = [];
  const onProgress = (progress: { done: number; total: number }) => void done.push(progress.done, progress.total);
  expect(await searchLearningRate({ engine, batches, iterations: 3, onProgress })).toHaveLength(2);
  expect(done).toEqual([1, 3, 2, 3]);
});

it('makes a thousand steps from 1e-6 to 10 where nothing else is asked for, and stops when it is told to', async () => {
  const stop = new AbortController();
  const totals = new Set<number>();
  const rates: number[] = [];
  const search = searchLearningRate({
    engine: { ...parabola([]), step: async (_, rate) => ({ loss: 1, gradientNorm: rates.push(rate) }) },
    batches,
    signal: stop.signal,
    onProgress: ({ done, total }) => {
      totals.add(total);
      if (done === 3) stop.abort();
    },
  });
  await expect(search).rejects.toMatchObject({ name: 'AbortError' });
  expect([...totals]).toEqual([1000]);
  expect(rates).toHaveLength(3);
  // Seven decades in 999 steps.
  expect(Math.log10(rates[2]! / rates[0]!)).toBeCloseTo(14 / 999, 12);
});

it('goes on while the loss is no more than four times its least, in the second step too', async () => {
  const stepsWith = async (...losses: number[]) => {
    const left = [...losses];
    const engine = { ...parabola([]), step: async () => ({ loss: left.shift()!, gradientNorm: 0 }) };
    return (await searchLearningRate({ engine, batches, iterations: losses.length })).length;
  };
  // Of losses 0 and x, each plus 1, the average is (0.98 + x + 1) / 1.98: four times the first at x = 5.94.
  expect(await stepsWith(0, 5.9, 0)).toBe(3);
  expect(await stepsWith(0, 6, 0)).toBe(2);
  // Four times nothing is no more than that.
  expect(await stepsWith(-1, -1, -1)).toBe(3);
});
