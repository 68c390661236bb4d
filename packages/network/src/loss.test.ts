import { differentiate } from '@nnunet/autodiff';
import { input, multiply } from '@nnunet/autodiff/operators';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, evaluate, greatest, readArrays, readJson } from '../test/goldens.ts';
import { deepSupervisionWeights } from './deep-supervision.ts';
import { total } from './forward.ts';
import { diceAndBinaryCrossEntropy, diceAndCrossEntropy, type Loss } from './loss.ts';

interface LossCase {
  name: string;
  batch_dice: boolean;
  dtype: 'f32' | 'f64';
  loss: number;
  weights?: number[];
}

const cases = readJson<LossCase[]>('loss.json');
let arrays: Map<string, Tensor>;
beforeAll(async () => {
  arrays = await readArrays('loss.npz');
});

function lossGraph(loss: Loss, logits: Tensor, target: Tensor, suffix = '') {
  const x = input(`logits${suffix}`, logits.shape);
  const y = input(`target${suffix}`, target.shape);
  const [samples, classes, ...size] = logits.shape as [number, number, ...number[]];
  return { x, loss: loss.value(loss.sums(x, y), { samples, voxels: sizeOf(size), classes }) };
}

describe.each(cases.filter((c) => c.dtype !== undefined && c.weights === undefined))(
  '$name, batch Dice $batch_dice, $dtype',
  ({ name, batch_dice: batchDice, dtype, loss: expected }) => {
    it("has v1's value and gradient", async () => {
      const [logits, target] = [arrays.get(`${name}_logits`)!, arrays.get(`${name}_target`)!];
      const loss = name === 'regions' ? diceAndBinaryCrossEntropy({ batchDice }) : diceAndCrossEntropy({ batchDice });
      const graph = lossGraph(loss, logits, target);
      const [gradient] = differentiate(graph.loss, [graph.x]);
      const floatType = dtype === 'f64' ? 'float64' : 'float32';
      const out = await evaluate(
        { loss: graph.loss, gradient: gradient! },
        { logits: logits.data, target: target.data },
        { floatType },
      );
      const tolerance = dtype === 'f64' ? 1e-9 : 1e-5;
      expect(Math.abs(out.loss![0]! - expected)).toBeLessThan(tolerance);
      const reference = arrays.get(`${name}_batch${Number(batchDice)}_grad_${dtype}`)!.data;
      expect(difference(out.gradient!, reference)).toBeLessThan(tolerance * greatest(reference));
    });
  },
);

describe.each(cases.filter((c) => c.weights !== undefined && c.dtype === 'f64'))(
  '$name',
  ({ name, weights, loss: expected }) => {
    it('weights the outputs as v1 does', async () => {
      const loss = diceAndCrossEntropy({ batchDice: true });
      expect(deepSupervisionWeights(weights!.length)).toEqual(weights);
      const graphs = weights!.map((_, i) =>
        lossGraph(loss, arrays.get(`${name}_logits${i}`)!, arrays.get(`${name}_target${i}`)!, String(i)),
      );
      const whole = total(graphs.map((g, i) => multiply(g.loss, weights![i]!)));
      const gradients = differentiate(
        whole,
        graphs.map((g) => g.x),
      );
      const feeds = Object.fromEntries(
        graphs.flatMap((_, i) =>
          ['logits', 'target'].map((key) => [key + i, arrays.get(`${name}_${key}${i}`)!.data] as const),
        ),
      );
      const outputs = { loss: whole, ...Object.fromEntries(gradients.map((g, i) => [`gradient${i}`, g])) };
      const out = await evaluate<string>(outputs, feeds, { floatType: 'float64' });
      expect(Math.abs(out.loss![0]! - expected)).toBeLessThan(1e-9);
      weights!.forEach((_, i) => {
        const reference = arrays.get(`${name}_grad${i}_f64`)!.data;
        expect(difference(out[`gradient${i}`]!, reference)).toBeLessThanOrEqual(1e-9 * greatest(reference));
      });
    });
  },
);

it('halves the weights of lower outputs and leaves out the last', () => {
  expect(deepSupervisionWeights(3, { last: true })).toEqual([4 / 7, 2 / 7, 1 / 7]);
  const table = readJson<{ name: string; by_number_of_poolings?: Record<string, number[]> }[]>('loss.json').find(
    (c) => c.name === 'ds_weights',
  )!.by_number_of_poolings!;
  expect(Object.keys(table)).toHaveLength(8);
  for (const [pools, weights] of Object.entries(table)) {
    const own = deepSupervisionWeights(Number(pools));
    expect(own).toHaveLength(weights.length);
    own.forEach((w, i) => {
      expect(w).toBeCloseTo(weights[i]!, 14);
    });
  }
});
