import { input } from '@nnunet/autodiff';
import { expect, it } from 'vitest';
import { difference, evaluate, greatest, readArrays, readJson } from '../test/goldens.ts';
import { clipFactor, defaultOptimizer, gradientNorm, sgdStep } from './optimizer.ts';

it('moves weights as clipping and SGD of PyTorch do', async () => {
  const { lr, norm_before_clipping: norms } = readJson<{ lr: number[]; norm_before_clipping: number[] }>('sgd.json');
  const arrays = await readArrays('sgd.npz');
  const parameters = [0, 1, 2];
  const shapes = parameters.map((i) => arrays.get(`p${i}_start`)!.shape);
  const weights = parameters.map((i) => input(`w${i}`, shapes[i]));
  const momenta = parameters.map((i) => input(`v${i}`, shapes[i]));
  const gradients = parameters.map((i) => input(`g${i}`, shapes[i]));
  const norm = gradientNorm(gradients);
  const factor = clipFactor(norm, defaultOptimizer.clipNorm);
  const rate = input('rate', []);
  const outputs = Object.fromEntries(
    parameters.flatMap((i) => {
      const state = { weight: weights[i], momentum: momenta[i], gradient: gradients[i], factor, rate };
      const next = sgdStep(state, defaultOptimizer);
      return [
        [`w${i}`, next.weight],
        [`v${i}`, next.momentum],
      ];
    }),
  );
  let state: Record<string, ArrayLike<number>> = Object.fromEntries(
    parameters.flatMap((i) => {
      const start = arrays.get(`p${i}_start`)!.data;
      return [
        [`w${i}`, start],
        [`v${i}`, new Float32Array(start.length)],
      ];
    }),
  );
  for (const [step, learningRate] of lr.entries()) {
    const given = Object.fromEntries(parameters.map((i) => [`g${i}`, arrays.get(`p${i}_grad${step}`)!.data]));
    const named = Object.fromEntries(Object.entries(outputs).map(([name, e]) => [`next-${name}`, e]));
    const out = await evaluate({ ...named, norm }, { ...state, ...given, rate: [learningRate] });
    expect(out.norm[0] / norms[step]).toBeCloseTo(1, 6);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next-${name}`]]));
    for (const i of parameters) {
      const reference = arrays.get(`p${i}_after${step}`)!.data;
      expect(difference(state[`w${i}`], reference)).toBeLessThan(1e-6 * greatest(reference));
    }
  }
});
