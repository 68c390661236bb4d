import { differentiate, input } from '@nnunet/autodiff';
import { counterRandom, type Tensor } from '@nnunet/tensor';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../test/goldens.ts';
import { diceAndCrossEntropy, type Loss } from './loss.ts';
import { generalisedDice, matthewsCorrelation, softDice, softDiceOfRegions, squaredDice } from './loss-overlap.ts';
import { sumOfLosses } from './loss-sum.ts';
import { crossEntropy, focalLoss, topCrossEntropy } from './loss-voxelwise.ts';

const [SAMPLES, CLASSES, VOXELS] = [2, 3, 20];
const shape = [SAMPLES, CLASSES, 4, 5];
const random = counterRandom(7, 'losses');
const logits = Float64Array.from({ length: SAMPLES * CLASSES * VOXELS }, () => 3 * random.uniform() - 1.5);
const labels = Float64Array.from({ length: SAMPLES * VOXELS }, () => random.integer(CLASSES));
const regions = Float64Array.from({ length: logits.length }, () => random.integer(2));

const classOf = (n: number, i: number) => labels[n * VOXELS + i];
const logit = (n: number, c: number, i: number) => logits[(n * CLASSES + c) * VOXELS + i];
const classes = [0, 1, 2];
const probability = (n: number, c: number, i: number) =>
  Math.exp(logit(n, c, i)) / classes.reduce((sum, k) => sum + Math.exp(logit(n, k, i)), 0);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const voxelLosses = (f: (p: number) => number) =>
  Array.from({ length: SAMPLES * VOXELS }, (_, k) => {
    const [n, i] = [Math.floor(k / VOXELS), k % VOXELS];
    return f(probability(n, classOf(n, i), i));
  });

/** Confusion of soft predictions with the truth, for each class: over the batch, or over each sample. */
interface Confusion {
  tp: number;
  fp: number;
  fn: number;
  tn: number;
  /** Sum of squares of predictions and truth. */
  squares: number;
}
function confusion(c: number, samples: number[]): Confusion {
  const found = { tp: 0, fp: 0, fn: 0, tn: 0, squares: 0 };
  for (const n of samples)
    for (let i = 0; i < VOXELS; i++) {
      const [p, y] = [probability(n, c, i), classOf(n, i) === c ? 1 : 0];
      found.tp += p * y;
      found.fp += p * (1 - y);
      found.fn += (1 - p) * y;
      found.tn += (1 - p) * (1 - y);
      found.squares += p * p + y * y;
    }
  return found;
}
const overlap = (batch: boolean, of: (samples: number[]) => number) =>
  batch ? -of([0, 1]) : -mean([of([0]), of([1])]);
const classMean = (batch: boolean, used: number[], f: (c: Confusion) => number) =>
  overlap(batch, (samples) => mean(used.map((c) => f(confusion(c, samples)))));

const softDiceOf = ({ tp, fp, fn }: Confusion) => (2 * tp + 1e-5) / (2 * tp + fp + fn + 1e-5 + 1e-8);
const squaredOf = ({ tp, squares }: Confusion) => (2 * (tp + 1e-5)) / (squares + 1e-5);
const matthewsOf = ({ tp, fp, fn, tn }: Confusion) =>
  (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
const generalised = (batch: boolean) =>
  overlap(batch, (samples) => {
    const all = [1, 2].map((c) => confusion(c, samples));
    const total = (f: (c: Confusion) => number) => all.reduce((s, c) => s + f(c) / (c.tp + c.fn + 1e-6), 0);
    return (total((c) => 2 * c.tp) + 1e-5) / (total((c) => 2 * c.tp + c.fp + c.fn) + 1e-5);
  });
const focal = mean(
  voxelLosses((p) => {
    const pt = (1 - 1e-5) * p + (1e-5 / 2) * (1 - p) + 1e-5;
    return -0.5 * (1 - pt) ** 2 * Math.log(pt);
  }),
);
const ce = mean(voxelLosses((p) => -Math.log(p)));
const top = mean(
  voxelLosses((p) => -Math.log(p))
    .sort((a, b) => b - a)
    .slice(0, 10),
);

const cases: [name: string, loss: Loss, expected: number][] = [
  ['cross-entropy', crossEntropy(), ce],
  ['a quarter of the cross-entropy', topCrossEntropy(0.25), top],
  ['focal loss', focalLoss(), focal],
  ...[true, false].flatMap((batchDice): [string, Loss, number][] => [
    [`Dice, batch ${batchDice}`, softDice({ batchDice }), classMean(batchDice, [1, 2], softDiceOf)],
    [
      `Dice with background, batch ${batchDice}`,
      softDice({ batchDice, background: true }),
      classMean(batchDice, classes, softDiceOf),
    ],
    [`squared Dice, batch ${batchDice}`, squaredDice({ batchDice }), classMean(batchDice, [1, 2], squaredOf)],
    [`generalised Dice, batch ${batchDice}`, generalisedDice({ batchDice }), generalised(batchDice)],
    [
      `Matthews, batch ${batchDice}`,
      matthewsCorrelation({ batchDice, background: true }),
      classMean(batchDice, classes, matthewsOf),
    ],
    [
      `Matthews without background, batch ${batchDice}`,
      matthewsCorrelation({ batchDice }),
      classMean(batchDice, [1, 2], matthewsOf),
    ],
    [
      `sum, batch ${batchDice}`,
      sumOfLosses([crossEntropy(), 0.5], [focalLoss(), 0], [softDice({ batchDice }), 2]),
      0.5 * ce + 2 * classMean(batchDice, [1, 2], softDiceOf),
    ],
  ]),
];

function graphOf(loss: Loss) {
  const x = input('logits', shape);
  const y = input('target', [SAMPLES, loss.targetChannels(CLASSES), 4, 5]);
  const count = { samples: SAMPLES, voxels: VOXELS, classes: CLASSES };
  const value = loss.value(loss.sums(x, y), count);
  return { loss: value, gradient: differentiate(value, [x])[0] };
}

async function run(loss: Loss, data: Float64Array): Promise<{ loss: number; gradient: ArrayLike<number> }> {
  const target = loss.targetChannels(CLASSES) === 1 ? labels : regions;
  const feeds = { logits: data, target } as unknown as Record<string, Tensor['data']>;
  const out = await evaluate(graphOf(loss), feeds, { floatType: 'float64' });
  return { loss: out.loss[0], gradient: out.gradient };
}

async function slope(loss: Loss, at: number): Promise<number> {
  const step = 1e-4;
  const values = [];
  for (const sign of [1, -1]) {
    const moved = logits.slice();
    moved[at] += sign * step;
    values.push((await run(loss, moved)).loss);
  }
  return (values[0] - values[1]) / (2 * step);
}

describe.each(cases)('%s', (_, loss, expected) => {
  it('has the value of its formula and the gradient of its value', async () => {
    const { loss: value, gradient } = await run(loss, logits);
    expect(Math.abs(value - expected)).toBeLessThan(1e-9);
    for (const at of [0, 33, 71, 119]) expect(Math.abs(gradient[at] - (await slope(loss, at)))).toBeLessThan(1e-7);
  });
});

it('makes the default loss of its parts', async () => {
  const parts = sumOfLosses([crossEntropy(), 1], [softDice({ batchDice: true }), 1]);
  const [sum, whole] = [await run(parts, logits), await run(diceAndCrossEntropy({ batchDice: true }), logits)];
  expect(Math.abs(sum.loss - whole.loss)).toBeLessThan(1e-12);
});

it('counts every region in the Dice of regions', async () => {
  const loss = softDiceOfRegions({ batchDice: false });
  const dices = [0, 1].flatMap((n) =>
    classes.map((c) => {
      let [common, sizes] = [0, 0];
      for (let i = 0; i < VOXELS; i++) {
        const p = 1 / (1 + Math.exp(-logit(n, c, i)));
        const y = regions[(n * CLASSES + c) * VOXELS + i];
        common += p * y;
        sizes += p + y;
      }
      return (2 * common) / (sizes + 1e-8);
    }),
  );
  const { loss: value, gradient } = await run(loss, logits);
  expect(Math.abs(value + mean(dices))).toBeLessThan(1e-9);
  expect(Math.abs(gradient[50] - (await slope(loss, 50)))).toBeLessThan(1e-7);
});

it('keeps the Matthews correlation a number where a class does not occur', async () => {
  const without = labels.map((label) => (label === 2 ? 1 : label));
  const graph = graphOf(matthewsCorrelation({ batchDice: true }));
  const feeds = { logits, target: without } as unknown as Record<string, Tensor['data']>;
  const out = await evaluate(graph, feeds, { floatType: 'float64' });
  expect([out.loss[0], ...Array.from(out.gradient as ArrayLike<number>)].every(Number.isFinite)).toBe(true);
});
