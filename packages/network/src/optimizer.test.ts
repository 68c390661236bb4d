import { input } from '@nnunet/autodiff';
import { expect, it } from 'vitest';
import { difference, evaluate, greatest, readArrays, readJson } from '../test/goldens.ts';
import { adamOptimizer, adamStep, clipFactor, defaultOptimizer, gradientNorm, sgdStep } from './optimizer.ts';

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

it('moves weights as Adam with amsgrad does', async () => {
  const names = ['weight', 'momentum', 'second', 'greatest'] as const;
  const inputs = Object.fromEntries(names.map((name) => [name, input(name, [2])])) as Record<
    (typeof names)[number],
    ReturnType<typeof input>
  >;
  const gradient = input('gradient', [2]);
  const step = input('step', [1]);
  const options = { ...adamOptimizer, weightDecay: 0.1 };
  const [factor, rate] = [input('factor', []), input('rate', [])];
  const next = adamStep({ ...inputs, gradient, step, factor, rate }, options);
  let state: Record<string, ArrayLike<number>> = {
    weight: [1, -2],
    momentum: [0, 0],
    second: [0, 0],
    greatest: [0, 0],
  };
  const own = { w: [1, -2], m: [0, 0], v: [0, 0], top: [0, 0] };
  // The second gradient is much smaller: the greatest second moment is then not the newest one.
  for (const [t, g] of [
    [1, [2, -3]],
    [2, [0.01, 0.02]],
    [3, [-1, 0]],
  ] as const) {
    const feeds = { ...state, gradient: g, step: [t - 1], factor: [0.5], rate: [0.1] };
    const out = await evaluate(Object.fromEntries(names.map((name) => [`next-${name}`, next[name]])), feeds, {
      floatType: 'float64',
    });
    state = Object.fromEntries(names.map((name) => [name, out[`next-${name}`]]));
    for (const i of [0, 1]) {
      const decayed = 0.5 * g[i] + 0.1 * own.w[i];
      own.m[i] = 0.9 * own.m[i] + 0.1 * decayed;
      own.v[i] = 0.999 * own.v[i] + 0.001 * decayed ** 2;
      own.top[i] = Math.max(own.top[i], own.v[i]);
      const size = Math.sqrt(own.top[i] / (1 - 0.999 ** t)) + 1e-8;
      own.w[i] -= ((0.1 / (1 - 0.9 ** t)) * own.m[i]) / size;
      expect(Math.abs(state.weight[i] - own.w[i])).toBeLessThan(1e-9);
      expect(Math.abs(state.greatest[i] - own.top[i])).toBeLessThan(1e-12);
    }
  }
});
