import { existsSync, readFileSync } from 'node:fs';
import { differentiate } from '@nnunet/autodiff';
import { input, multiply } from '@nnunet/autodiff/operators';
import { sizeOf, type Tensor } from '@nnunet/tensor';
import { readNpzFile } from '@nnunet/tensor/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { difference, evaluate, greatest } from '../test/goldens.ts';
import { evaluationCounts } from './evaluation-step.ts';
import { total } from './forward.ts';
import { diceAndBinaryCrossEntropy, diceAndCrossEntropy, type Loss } from './loss.ts';
import { softDice, softDiceOfRegions } from './loss-overlap.ts';
import { sumOfLosses } from './loss-sum.ts';
import { crossEntropy, topCrossEntropy } from './loss-voxelwise.ts';
import type { LossGraph, StepOptions } from './training-step.ts';

const golden = new URL('../../../../shared/golden/v2/loss/', import.meta.url);

interface LossCase {
  name: string;
  kind: string;
  labels: Record<string, number>;
  batch_dice: boolean;
  smooth?: number;
  loss_exact?: number;
  loss_f32: number;
  loss_f64: number;
  weights?: number[];
  tp_hard?: number[];
  fp_hard?: number[];
  fn_hard?: number[];
}

function lossOf({ kind, labels, batch_dice: batchDice, smooth = 1e-5 }: LossCase): Loss {
  const options = { batchDice, smooth, denominator: 'least' } as const;
  if (kind.startsWith('regions')) return diceAndBinaryCrossEntropy({ ...options, ignore: labels.ignore !== undefined });
  return diceAndCrossEntropy({ ...options, ignoreLabel: labels.ignore });
}

function lossGraph(loss: Loss, logits: Tensor, target: Tensor, suffix = '') {
  const x = input(`logits${suffix}`, logits.shape);
  const y = input(`target${suffix}`, target.shape);
  const [samples, classes, ...size] = logits.shape as [number, number, ...number[]];
  return { x, loss: loss.value(loss.sums(x, y), { samples, voxels: sizeOf(size), classes }) };
}

describe.skipIf(!existsSync(golden))('losses equal those of nnU-Net 2.8.1 (../shared/golden/v2)', () => {
  const cases: LossCase[] = existsSync(golden) ? JSON.parse(readFileSync(new URL('cases.json', golden), 'utf8')) : [];
  const arrays = new Map<string, Tensor>();
  beforeAll(async () => {
    for (const [name, { data, shape }] of await readNpzFile(new URL('arrays.npz', golden).pathname)) {
      arrays.set(name, { data: Float32Array.from(data as ArrayLike<number>), shape });
    }
  });

  it.each(cases.filter((one) => one.loss_exact !== undefined))('$name, batch Dice $batch_dice', async (one) => {
    const [logits, target] = [arrays.get(`${one.name}_logits`)!, arrays.get(`${one.name}_target`)!];
    const graph = lossGraph(lossOf(one), logits, target);
    const [gradient] = differentiate(graph.loss, [graph.x]);
    const outputs = { loss: graph.loss, gradient: gradient! };
    const feeds = { logits: logits.data, target: target.data };
    const exactly = await evaluate(outputs, feeds, { floatType: 'float64' });
    expect(Math.abs(exactly.loss![0]! - one.loss_exact!)).toBeLessThan(1e-9);
    const reference = (kind: string) => arrays.get(`${one.name}_batch${Number(one.batch_dice)}_grad_${kind}`)!.data;
    const exact = reference('exact');
    expect(difference(exactly.gradient!, exact)).toBeLessThanOrEqual(1e-6 * greatest(exact));
    const single = await evaluate(outputs, feeds, { floatType: 'float32' });
    expect(Math.abs(single.loss![0]! - one.loss_f32)).toBeLessThan(4e-6);
    expect(difference(single.gradient!, reference('f32'))).toBeLessThanOrEqual(3e-6 * greatest(exact));
  });

  const ignore = { ignoreLabel: 3 };
  const dice = (batchDice: boolean, more = {}) => softDice({ batchDice, denominator: 'least', ...more });
  const worst = (batchDice: boolean, more = {}) => sumOfLosses([topCrossEntropy(0.1, more), 1], [dice(batchDice, more), 1]); // biome-ignore format: a row
  const regionDice = (batchDice: boolean) => softDiceOfRegions({ batchDice, denominator: 'least', smooth: 1e-5 });
  const smoothed = { labelSmoothing: 0.1 };
  // Values of v2's RobustCrossEntropyLoss, TopKLoss, MemoryEfficientSoftDiceLoss and DC_and_topk_loss.
  it.each<[string, string, Loss, number]>([
    ['3d_all_classes', 'cross-entropy', crossEntropy(), 2.0304696238975817],
    ['3d_all_classes', 'the worst tenth', topCrossEntropy(0.1), 5.897223956032786],
    ['3d_all_classes', 'the worst tenth, smoothed', topCrossEntropy(0.1, smoothed), 5.623395549936997],
    ['3d_all_classes', 'Dice of samples', dice(false), -0.33108246326446533],
    ['3d_all_classes', 'Dice of the batch', dice(true), -0.3509117364883423],
    ['3d_all_classes', 'Dice of samples and the worst tenth', worst(false), 5.56614149276832],
    ['3d_ignore', 'cross-entropy', crossEntropy(ignore), 2.0194067629790156],
    ['3d_ignore', 'the worst tenth', topCrossEntropy(0.1, ignore), 3.579116522999874],
    ['3d_ignore', 'the worst tenth, smoothed', topCrossEntropy(0.1, { ...ignore, ...smoothed }), 3.441501541881182],
    ['3d_ignore', 'Dice of samples and the worst tenth', worst(false, ignore), 3.256314813824764],
    ['3d_ignore', 'Dice of the batch and the worst tenth', worst(true, ignore), 3.2452368733607444],
    ['2d_ignore_one_sample_all', 'cross-entropy', crossEntropy(ignore), 2.6056201054547063],
    ['2d_ignore_one_sample_all', 'the worst tenth, smoothed', topCrossEntropy(0.1, { ...ignore, ...smoothed }), 1.6892050855595124], // biome-ignore format: a row
    ['2d_ignore_one_sample_all', 'Dice of samples and the worst tenth', worst(false, ignore), 1.1136909454328372],
    ['3d_regions', 'Dice of samples', regionDice(false), -0.43633416295051575],
    ['3d_regions', 'Dice of the batch', regionDice(true), -0.4392537772655487],
  ])('%s: %s', async (name, _, loss, expected) => {
    const [logits, target] = [arrays.get(`${name}_logits`)!, arrays.get(`${name}_target`)!];
    const graph = lossGraph(loss, logits, target);
    const feeds = { logits: logits.data, target: target.data };
    const out = await evaluate({ loss: graph.loss }, feeds, { floatType: 'float64' });
    // Some of v2's sums are float32.
    expect(Math.abs(out.loss[0]! - expected)).toBeLessThan(1e-6);
    const counts = loss.annotated === undefined ? undefined : await evaluate({ annotated: loss.annotated(input('target', target.shape)) }, feeds); // biome-ignore format: a row
    expect(counts === undefined || counts.annotated.every((one, i) => one === Number(target.data[i] !== 3))).toBe(true);
  });

  it.each(cases.filter((one) => one.weights !== undefined))('$name', async (one) => {
    const weights = one.weights!;
    const graphs = weights.map((_, i) =>
      lossGraph(lossOf(one), arrays.get(`${one.name}_logits${i}`)!, arrays.get(`${one.name}_target${i}`)!, String(i)),
    );
    // An output of weight 0 is left out, as in v2.
    const used = graphs.flatMap((graph, i) => (weights[i] === 0 ? [] : [multiply(graph.loss, weights[i]!)]));
    const feeds = Object.fromEntries(
      graphs.flatMap((_, i) =>
        ['logits', 'target'].map((key) => [key + i, arrays.get(`${one.name}_${key}${i}`)!.data] as const),
      ),
    );
    const out = await evaluate<string>({ loss: total(used) }, feeds, { floatType: 'float64' });
    expect(Math.abs(out.loss![0]! - one.loss_f64)).toBeLessThan(1e-6);
  });

  it.each(cases.filter((one) => one.tp_hard !== undefined))('$name: voxel counts of a validation', async (one) => {
    const [logits, target] = [arrays.get(`${one.name}_logits`)!, arrays.get(`${one.name}_target`)!];
    const targets = new Map([[0, input('target', target.shape)]]);
    const graph = { outputs: [input('logits', logits.shape)], inputs: { targets } } as unknown as LossGraph;
    const counts = evaluationCounts(graph, { loss: lossOf(one) } as StepOptions);
    const out = await evaluate(counts, { logits: logits.data, target: target.data });
    // The background is left out.
    const first = one.kind.startsWith('regions') ? 0 : 1;
    expect([...out.truePositives!].slice(first)).toEqual(one.tp_hard);
    expect([...out.falsePositives!].slice(first)).toEqual(one.fp_hard);
    expect([...out.falseNegatives!].slice(first)).toEqual(one.fn_hard);
  });
});
