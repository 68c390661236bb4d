import type { Expression } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { describe, expect, it } from 'vitest';
import { difference, evaluate, greatest, readArrays, readJson } from '../test/goldens.ts';
import { clipFactor, gradientNorm } from './optimizer.ts';
import { adam, plainAdam, sgd } from './optimizers.ts';

it('moves weights as clipping and SGD of PyTorch do', async () => {
  const { lr, norm_before_clipping: norms } = readJson<{ lr: number[]; norm_before_clipping: number[] }>('sgd.json');
  const arrays = await readArrays('sgd.npz');
  const parameters = [0, 1, 2];
  const inputs = parameters.map((i) => {
    const { shape } = arrays.get(`p${i}_start`)!;
    return { weight: input(`w${i}`, shape), momentum: input(`v${i}`, shape), gradient: input(`g${i}`, shape) };
  });
  const norm = gradientNorm(inputs.map(({ gradient }) => gradient));
  const factor = clipFactor(norm, sgd.clipNorm);
  const rate = input('rate', []);
  const outputs = Object.fromEntries(
    inputs.flatMap((own, i) => {
      const { weight, gradient, momentum } = own;
      const next = sgd.step({ name: `w${i}`, weight, gradient, factor, state: { momentum }, common: {}, rate });
      return [
        [`w${i}`, next.weight],
        [`v${i}`, next.state.momentum],
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
    const out = await evaluate<string>({ ...named, norm }, { ...state, ...given, rate: [learningRate] });
    expect(out.norm![0]! / norms[step]!).toBeCloseTo(1, 6);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, out[`next-${name}`]!]));
    for (const i of parameters) {
      const reference = arrays.get(`p${i}_after${step}`)!.data;
      expect(difference(state[`w${i}`]!, reference)).toBeLessThan(1e-6 * greatest(reference));
    }
  }
});

/** Steps of Adam on one weight that starts at `weight`, without clipping, at a rate of 1, in float64. */
async function stepsOfAdam(gradients: readonly number[], options: Partial<typeof adam>, weight = 0) {
  const names = ['weight', 'momentum', 'second', 'greatest'] as const;
  const of = (name: string) => input(name, [1]);
  const { weight: moved, state: after } = { ...adam, weightDecay: 0, ...options }.step({
    name: 'weight',
    weight: of('weight'),
    gradient: of('gradient'),
    factor: input('factor', []),
    state: { momentum: of('momentum'), second: of('second'), greatest: of('greatest') },
    common: { step: of('step') },
    rate: input('rate', []),
  });
  const next = { weight: moved, ...after };
  const outputs = Object.fromEntries(names.map((name) => [`next-${name}`, next[name]]));
  let state: Record<string, ArrayLike<number>> = { weight: [weight], momentum: [0], second: [0], greatest: [0] };
  const weights: number[] = [];
  for (const [step, gradient] of gradients.entries()) {
    const feeds = { ...state, gradient: [gradient], step: [step], factor: [1], rate: [1] };
    const out = await evaluate(outputs, feeds, { floatType: 'float64' });
    state = Object.fromEntries(names.map((name) => [name, out[`next-${name}`]!]));
    weights.push(state.weight![0]!);
  }
  return { weights, greatest: state.greatest![0], second: state.second![0] };
}

describe('Adam with amsgrad', () => {
  it('divides by the greatest second moment so far, not by the newest', async () => {
    // Gradients 4 and 0 with moments 0.5 and 0.6: first moments 2 and 1, second 6.4 and 3.84, the greatest stays 6.4.
    // Step 1: (2 / 0.5) / sqrt(6.4 / 0.4) = 1. Step 2: (1 / 0.75) / sqrt(6.4 / 0.64) = 0.421637; with 3.84: 0.544331.
    const { weights, greatest: top, second } = await stepsOfAdam([4, 0], { momentum: 0.5, secondMomentum: 0.6 });
    expect([top, second]).toEqual([expect.closeTo(6.4, 12), expect.closeTo(3.84, 12)]);
    expect(weights[0]).toBeCloseTo(-1, 8);
    expect(weights[1]).toBeCloseTo(-1.421637, 6);
  });

  it('begins with a step of the rate, whatever the gradient, if that is not tiny', async () => {
    for (const gradient of [1e-3, -7, 1e4]) {
      expect((await stepsOfAdam([gradient], {})).weights[0]).toBeCloseTo(-Math.sign(gradient), 4);
    }
    // 1e-8 is added to its size
    expect((await stepsOfAdam([1e-8], {})).weights[0]).toBeCloseTo(-0.5, 12);
    expect((await stepsOfAdam([3e-8], {})).weights[0]).toBeCloseTo(-0.75, 12);
  });

  it('keeps 0.9 of the first moment and 0.999 of the second', async () => {
    // Gradients 1 and 0: 0.09 / 0.19 over sqrt(0.001 / 0.001999), as 1 - 0.999^2 = 0.001999.
    const { weights, second } = await stepsOfAdam([1, 0], {});
    expect(second).toBeCloseTo(0.000999, 12);
    expect(weights[1]! - weights[0]!).toBeCloseTo(-0.669723, 6);
  });

  it('adds the decay to the gradient', async () => {
    // A gradient of -0.2 and a decay of 0.1 times 2 cancel; without a gradient the decay alone moves the weight.
    expect((await stepsOfAdam([-0.2], { weightDecay: 0.1 }, 2)).weights[0]).toBeCloseTo(2, 12);
    expect((await stepsOfAdam([0], { weightDecay: 0.1 }, 2)).weights[0]).toBeCloseTo(1, 6);
  });
});

describe('Adam of PyTorch', () => {
  // Four steps from 2 with gradients 3, -1, 0.5 and 0, a rate of 0.1 and a decay of 0.2, in torch.optim, float64.
  it.each([
    ['Adam', plainAdam, [1.9000000002941178, 1.8474381418927779, 1.7924376068666474, 1.7417868101106568]],
    ['AdamW with amsgrad', { ...adam, decoupled: true }, [1.8600000003333332, 1.782778143310243, 1.706580040313459, 1.6392550667410015]], // biome-ignore format: a row
  ])('moves weights as its %s', async (_, rule, expected) => {
    const kept = Object.keys(rule.state({ name: 'w', shape: [1] }));
    const of = (name: string) => input(name, [1]);
    const state = Object.fromEntries(kept.map((name) => [name, of(name)])) as Record<'momentum' | 'second' | 'greatest', Expression>; // biome-ignore format: a row
    const next = { ...rule, weightDecay: 0.2 }.step({
      ...{ name: 'w', weight: of('weight'), gradient: of('gradient'), factor: input('factor', []), state },
      ...{ common: { step: of('step') }, rate: input('rate', []) },
    });
    const outputs = Object.fromEntries(Object.entries({ weight: next.weight, ...next.state }).map(([name, e]) => [`next-${name}`, e])); // biome-ignore format: a row
    let values: Record<string, ArrayLike<number>> = { weight: [2], momentum: [0], second: [0], greatest: [0] };
    for (const [step, gradient] of [3, -1, 0.5, 0].entries()) {
      const used = Object.fromEntries(['weight', ...kept].map((name) => [name, values[name]!]));
      const feeds = { ...used, gradient: [gradient], step: [step], factor: [1], rate: [0.1] };
      const out = await evaluate<string>(outputs, feeds, { floatType: 'float64' });
      values = Object.fromEntries(['weight', ...kept].map((name) => [name, out[`next-${name}`]!]));
      expect(values.weight![0]).toBeCloseTo(expected[step]!, 12);
    }
  });
});
