import { differentiate } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluate, readArrays } from '../test/goldens.ts';
import { diceAndCrossEntropy, diceAndEntropy, type Loss, type LossOptions } from './loss.ts';
import { generalisedDice, matthewsCorrelation, softDice, softDiceOfRegions, squaredDice } from './loss-overlap.ts';
import { sumOfLosses } from './loss-sum.ts';
import { crossEntropy, focalLoss, topCrossEntropy } from './loss-voxelwise.ts';

type Rows = { data: Float64Array; shape: [samples: number, channels: number, ...size: number[]] };
type Batch = Record<'logits' | 'target', Rows>;

let labels: Batch;
let regions: Batch;
beforeAll(async () => {
  const arrays = await readArrays('loss.npz');
  const batch = (name: string) => {
    const of = (key: string): Rows => {
      const { data, shape } = arrays.get(`${name}_${key}`)!;
      return { data: Float64Array.from(data), shape: shape as Rows['shape'] };
    };
    return { logits: of('logits'), target: of('target') };
  };
  labels = batch('3d_all_classes');
  regions = batch('regions');
});

async function run(loss: Loss, { logits, target }: Batch): Promise<{ loss: number; gradient: Float64Array }> {
  const [samples, classes, ...size] = logits.shape;
  const x = input('logits', logits.shape);
  const value = loss.value(loss.sums(x, input('target', target.shape)), { samples, classes, voxels: sizeOf(size) });
  const outputs = { loss: value, gradient: differentiate(value, [x])[0]! };
  const out = await evaluate(outputs, { logits: logits.data, target: target.data }, { floatType: 'float64' });
  return { loss: out.loss[0]!, gradient: out.gradient };
}

async function expectGradient(loss: Loss, batch: Batch): Promise<void> {
  const { gradient } = await run(loss, batch);
  const step = 1e-4;
  for (const at of [0, 33, 271, gradient.length - 1]) {
    const values = [];
    for (const sign of [1, -1]) {
      const data = batch.logits.data.slice();
      data[at]! += sign * step;
      values.push((await run(loss, { ...batch, logits: { ...batch.logits, data } })).loss);
    }
    expect(Math.abs(gradient[at]! - (values[0]! - values[1]!) / (2 * step))).toBeLessThan(1e-7);
  }
}

const [sampleDice, wholeDice] = [{ batchDice: false }, { batchDice: true }];
const withBackground = { background: true };

/** Values of v1's losses on the arrays of loss.npz, in float64 (../shared/golden/trainers). */
const v1Values: [name: string, loss: Loss, v1: number, tolerance?: number][] = [
  ['cross-entropy', crossEntropy(), 2.0304696238975817],
  // the threshold is found by halving
  ['the worst tenth of the cross-entropy', topCrossEntropy(0.1), 5.897223956032786, 1e-7],
  // v1's one-hot labels are float32 in this one and in the generalised Dice
  ['focal loss', focalLoss(), 0.8555224992366948, 1e-8],
  ['Dice of samples', softDice(sampleDice), -0.3310824969646833],
  ['Dice of the batch', softDice(wholeDice), -0.350911728870564],
  ['Dice of samples with background', softDice({ ...sampleDice, ...withBackground }), -0.3091156853199674],
  ['Dice of the batch with background', softDice({ ...wholeDice, ...withBackground }), -0.3389932902068395],
  ['squared Dice of samples', squaredDice(sampleDice), -0.39888734503268075],
  ['squared Dice of the batch', squaredDice(wholeDice), -0.42176625489470904],
  ['generalised Dice of samples', generalisedDice(sampleDice), 1.7130440474978585 - 2.0304696238975817, 1e-8],
  ['generalised Dice of the batch', generalisedDice(wholeDice), 1.6820582636797954 - 2.0304696238975817, 1e-8],
  ['Matthews of samples', matthewsCorrelation({ ...sampleDice, ...withBackground }), -0.020700289214110587],
  ['Matthews of the batch', matthewsCorrelation({ ...wholeDice, ...withBackground }), -0.013727187322637663],
  ['Matthews of samples without background', matthewsCorrelation(sampleDice), -0.019748807469980874],
  ['Matthews of the batch without background', matthewsCorrelation(wholeDice), -0.017924395979503738],
  [
    'a sum with weights',
    sumOfLosses([crossEntropy(), 0.5], [focalLoss(), 0], [softDice(wholeDice), 2]),
    0.5 * 2.0304696238975817 + 2 * -0.350911728870564,
  ],
];

describe.each(v1Values)('%s', (_, loss, v1, tolerance = 1e-12) => {
  it("has v1's value and the gradient of its value", async () => {
    expect(Math.abs((await run(loss, labels)).loss - v1)).toBeLessThan(tolerance);
    await expectGradient(loss, labels);
  });
});

it('makes the default loss of its parts', async () => {
  const parts = sumOfLosses([crossEntropy(), 1], [softDice({ batchDice: true }), 1]);
  const [sum, whole] = [await run(parts, labels), await run(diceAndCrossEntropy({ batchDice: true }), labels)];
  expect(Math.abs(sum.loss - whole.loss)).toBeLessThan(1e-12);
});

/** A sample of two classes, of which the first is true everywhere, with these cross-entropies. */
function voxelsOf(crossEntropies: readonly number[]): Batch {
  const others = crossEntropies.map((x) => Math.log(Math.expm1(x)));
  const zeros = others.map(() => 0);
  return {
    logits: { data: Float64Array.from([...zeros, ...others]), shape: [1, 2, 1, zeros.length] },
    target: { data: Float64Array.from(zeros), shape: [1, 1, 1, zeros.length] },
  };
}

it.each([
  ['close together', 1, 1e-6, 1 + 18.5e-6],
  ['great', 70, 1, 88.5],
  ['small', 1e-3, 1e-6, 1e-3 + 18.5e-6],
])('finds the worst two of twenty voxels where they are %s', async (_, least, apart, expected) => {
  const voxels = voxelsOf(Array.from({ length: 20 }, (__, i) => least + apart * ((7 * i) % 20)));
  expect(Math.abs((await run(topCrossEntropy(0.1), voxels)).loss - expected)).toBeLessThan(1e-8);
});

it('shares what is left among voxels on the threshold', async () => {
  const voxels = voxelsOf([3, 2, 2, 2, 1, 1, 1, 1, 1, 1]);
  const { loss, gradient } = await run(topCrossEntropy(0.3), voxels);
  expect(loss).toBeCloseTo((3 + 2 + 2) / 3, 7);
  // softmax of the wrong class, 1 - exp(-2), for two thirds of each of the three, over the three voxels that count
  for (const i of [1, 2, 3]) expect(gradient[10 + i]).toBeCloseTo(((1 - Math.exp(-2)) * 2) / 3 / 3, 7);
  expect(Math.abs(gradient[14]!)).toBe(0);
});

it("has v1's Dice of regions: every channel counts", async () => {
  // v1 has three regions: the first of the arrays again as a third
  const [samples, channels, ...size] = regions.logits.shape;
  const voxels = sizeOf(size);
  const third = ({ data }: Rows): Rows => {
    const samplesOf = Array.from({ length: samples }, (_, s) => data.subarray(s * channels * voxels));
    const parts = samplesOf.flatMap((all) => [all.subarray(0, channels * voxels), all.subarray(0, voxels)]);
    return { data: Float64Array.from(parts.flatMap((part) => [...part])), shape: [samples, 3, ...size] };
  };
  const batch = { logits: third(regions.logits), target: third(regions.target) };
  const loss = softDiceOfRegions({ batchDice: false });
  expect(Math.abs((await run(loss, batch)).loss + 0.40338990810927283)).toBeLessThan(1e-12);
  await expectGradient(loss, batch);
});

it('takes the Matthews correlation of a class that does not occur as 0', async () => {
  // Two voxels, of classes 0 and 1, each with a probability of 0.5 for its own class. For both classes tp is 0.25 of all
  // voxels, 0.375 are predicted, 0.5 are true: (0.25 - 0.375 * 0.5) / sqrt(0.375 * 0.625 * 0.5 * 0.5) = 1 / sqrt(15).
  const probabilities = [0.5, 0.25, 0.25, 0.5, 0.25, 0.25];
  const batch: Batch = {
    logits: { data: Float64Array.from(probabilities, Math.log), shape: [1, 3, 1, 2] },
    target: { data: Float64Array.of(0, 1), shape: [1, 1, 1, 2] },
  };
  for (const batchDice of [true, false]) {
    const foreground = await run(matthewsCorrelation({ batchDice }), batch);
    const all = await run(matthewsCorrelation({ batchDice, background: true }), batch);
    expect(foreground.loss).toBeCloseTo(-1 / Math.sqrt(15) / 2, 9);
    expect(all.loss).toBeCloseTo(-2 / Math.sqrt(15) / 3, 9);
    expect([...foreground.gradient, ...all.gradient].every(Number.isFinite)).toBe(true);
  }
});

describe.each([true, false])('of voxels without annotation (batch Dice %s)', (batchDice) => {
  const losses: Record<string, (choice: LossOptions) => Loss> = {
    crossEntropy,
    focalLoss,
    softDice,
    'softDice with background': (choice) => softDice({ ...choice, background: true }),
    squaredDice,
    generalisedDice,
    matthewsCorrelation,
    diceAndEntropy: (choice) => diceAndEntropy({ ...choice, smooth: 1e-5 }),
    'a sum': (choice) => sumOfLosses([crossEntropy(choice), 1], [softDice(choice), 2]),
  };
  /** Two classes or regions and six voxels, of which the last two count nowhere. */
  const logits = [
    [0.5, -1, 2, 0.1, 7, -3],
    [1.5, 0.3, -2, 1, -9, 4],
  ];
  const of = (rows: number[][], voxels: number): Rows => ({
    data: Float64Array.from(rows.flatMap((row) => row.slice(0, voxels))),
    shape: [1, rows.length, 1, voxels],
  });

  it.each(Object.keys(losses))('%s is that of the others alone', async (name) => {
    const make = losses[name]!;
    const compare = async (known: Loss, annotated: Loss, target: number[][], withUnknown: number[][]) => {
      const whole = await run(annotated, { logits: of(logits, 6), target: of(withUnknown, 6) });
      const part = await run(known, { logits: of(logits, 4), target: of(target, 4) });
      expect(Math.abs(whole.loss - part.loss)).toBeLessThan(1e-8);
      for (const [c, row] of logits.entries())
        for (const [i] of row.entries())
          expect(whole.gradient[6 * c + i]! - (i < 4 ? part.gradient[4 * c + i]! : 0)).toBeCloseTo(0, 8);
    };
    const labels = [[0, 1, 1, 0]];
    await compare(make({ batchDice }), make({ batchDice, ignoreLabel: 2 }), labels, [[0, 1, 1, 0, 2, 2]]);
    // Of regions, this one adds the cross-entropies that are averaged without an ignore label.
    if (name === 'diceAndEntropy') return;
    const target = [[1, 1, 1, 0], [0, 1, 0, 0]]; // biome-ignore format: a table
    const whole = [[1, 1, 1, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]]; // biome-ignore format: a table
    await compare(
      make({ batchDice, regions: true }),
      make({ batchDice, regions: true, ignoreLabel: 2 }),
      target,
      whole,
    );
  });
});

it('has losses of regions by hand', async () => {
  // One voxel with a logit of 0 for each of two regions, of which it belongs to the first: probabilities of one half.
  const batch: Batch = {
    logits: { data: Float64Array.of(0, 0), shape: [1, 2, 1, 1] },
    target: { data: Float64Array.of(1, 0), shape: [1, 2, 1, 1] },
  };
  const options = { batchDice: true, regions: true };
  const of = async (loss: Loss) => (await run(loss, batch)).loss;
  expect(await of(crossEntropy(options))).toBeCloseTo(Math.log(2), 12);
  expect(await of(topCrossEntropy(0.5, options))).toBeCloseTo(Math.log(2), 8);
  expect(await of(focalLoss({ ...options, smooth: 0 }))).toBeCloseTo(0.5 * 0.25 * Math.log(2), 12);
  // 2 · 0.5 / 1.5 of the first, 0 of the second
  expect(await of(softDice({ ...options, smooth: 0 }))).toBeCloseTo(-1 / 3, 7);
  expect(await of(squaredDice({ ...options, smooth: 0 }))).toBeCloseTo(-(1 / 1.25) / 2, 12);
});
