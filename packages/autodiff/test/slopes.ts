import { sizeOf } from '@nnunet/tensor';
import { expect } from 'vitest';
import { differentiate } from '../src/differentiate.ts';
import * as ad from '../src/everything.fixture.ts';
import type { Expression } from '../src/expression.ts';
import { compile, randomNumbers } from './evaluate.ts';

export type Build = (...inputs: Expression[]) => Expression;

/**
 * Compares the gradients of a function with its slopes by central differences in float64, along a random direction of each
 * input, and its float32 graph with the float64 one.
 *
 * @param centre of the inputs' values, which lie within 1 of it
 */
export async function expectSlopes(shapes: number[][], build: Build, centre = 0, seed = 0): Promise<void> {
  const inputs = shapes.map((shape, i) => ad.input(`x${i}`, shape));
  const values = shapes.map((shape, i) => randomNumbers(sizeOf(shape), seed + i + 1).map((v) => v + centre));
  const y = build(...inputs);
  const weights = ad.constant({ data: randomNumbers(sizeOf(y.shape), seed + 99), shape: y.shape });
  const loss = ad.sum(ad.multiply(y, weights));
  const gradients = differentiate(loss, inputs);
  gradients.forEach((g, i) => {
    expect(g.shape).toEqual(shapes[i]);
  });
  const outputs = { loss, y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };
  const feeds = (moved = values) => Object.fromEntries(moved.map((list, i) => [`x${i}`, list]));
  const run = await compile(outputs, { floatType: 'float64' });
  const exact = await run(feeds());
  const step = 1e-6;
  for (const [i, list] of values.entries()) {
    const direction = randomNumbers(list.length, seed + 50 + i);
    const at = async (t: number) =>
      (await run(feeds(values.map((v, j) => (j === i ? v.map((n, k) => n + t * direction[k]!) : v))))).loss![0]!;
    const slope = ((await at(step)) - (await at(-step))) / (2 * step);
    const predicted = exact[`g${i}`]!.reduce((total, g, k) => total + g * direction[k]!, 0);
    expect(Math.abs(predicted - slope)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slope)));
  }
  const single = await (await compile(outputs))(feeds());
  for (const [key, list] of Object.entries(exact)) {
    const scale = list.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    const worst = list.reduce((m, v, k) => Math.max(m, Math.abs(v - single[key]![k]!)), 0);
    expect(worst / scale, key).toBeLessThan(2e-5);
  }
}
