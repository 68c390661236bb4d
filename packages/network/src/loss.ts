import type { Expression } from '@nnunet/autodiff';
import {
  add,
  constant,
  divide,
  exp,
  logSoftmax,
  multiply,
  negate,
  oneHot,
  sigmoid,
  softplus,
  subtract,
  sum,
} from '@nnunet/autodiff/operators';

/** Sums over a batch, by name. The sums of a batch's parts may be added to get those of the whole. */
export type BatchSums = Readonly<Record<string, Expression>>;

/** Sums with these names. */
export type SumsOf<N extends string> = Readonly<Record<N, Expression>>;

/**
 * A loss in two steps, so that several sessions can share a batch: sums over samples and voxels, and the loss as a
 * function of the sums of the whole batch.
 */
export interface Loss {
  /** Channels of the target: 1 (labels), or one per output channel (regions). */
  targetChannels(classes: number): number;
  /** @param logits (samples, classes, …spatial) @param target (samples, target channels, …spatial) */
  sums(logits: Expression, target: Expression): BatchSums;
  /**
   * @param count number of samples of the whole batch, voxels of one sample, and classes
   * @returns a scalar
   */
  value(sums: BatchSums, count: { samples: number; voxels: number; classes: number }): Expression;
}

export interface DiceOptions {
  /** Compute the Dice of the whole batch as one image, instead of averaging over the samples. */
  batchDice: boolean;
  /** Added to numerator and denominator (the denominator gets an additional 1e-8). */
  smooth?: number;
}

/**
 * Soft Dice plus cross-entropy of the softmax, each with weight 1; the background is excluded from the Dice. The target
 * holds labels.
 * Origin: v1's DC_and_CE_loss.
 */
export function diceAndCrossEntropy({ batchDice, smooth = 1e-5 }: DiceOptions): Loss {
  return {
    targetChannels: () => 1,
    sums(logits, target) {
      const classes = logits.shape[1]!;
      const logProbability = logSoftmax(logits, 1);
      const truth = oneHot(target, classes);
      return {
        crossEntropy: negate(sum(multiply(truth, logProbability))),
        ...diceSums({ probability: exp(logProbability), truth, batchDice, smooth, first: 1 }),
      };
    },
    value(sums: SumsOf<'crossEntropy'> & DiceSums, { samples, voxels, classes }) {
      const crossEntropy = multiply(sums.crossEntropy, 1 / (samples * voxels));
      return subtract(crossEntropy, diceOfSums(sums, { smooth, samples, first: 1, classes }));
    },
  };
}

/**
 * Soft Dice plus binary cross-entropy of sigmoids, for overlapping regions; every channel counts. The target holds 0 or
 * 1 per region. Origin: v1's DC_and_BCE_loss.
 */
export function diceAndBinaryCrossEntropy({ batchDice, smooth = 0 }: DiceOptions): Loss {
  return {
    targetChannels: (classes) => classes,
    sums: (logits, truth) => ({
      crossEntropy: sum(subtract(softplus(logits), multiply(logits, truth))),
      ...diceSums({ probability: sigmoid(logits), truth, batchDice, smooth, first: 0 }),
    }),
    value(sums: SumsOf<'crossEntropy'> & DiceSums, { samples, voxels, classes }) {
      const crossEntropy = multiply(sums.crossEntropy, 1 / (samples * voxels * classes));
      return subtract(crossEntropy, diceOfSums(sums, { smooth, samples, first: 0, classes }));
    },
  };
}

/** Batch Dice needs sums per class; the Dice per sample is itself a sum over samples. */
type DiceSums = SumsOf<'truePositives' | 'sizes'> | SumsOf<'dice'>;

function diceSums(options: {
  probability: Expression;
  truth: Expression;
  batchDice: boolean;
  smooth: number;
  first: number;
}): DiceSums {
  const { probability, truth, batchDice, smooth, first } = options;
  const axes = probability.shape.map((_, i) => i).filter((i) => i !== 1 && (batchDice || i > 0));
  const truePositives = sum(multiply(probability, truth), axes);
  // 2 tp + fp + fn
  const sizes = add(sum(probability, axes), sum(truth, axes));
  if (batchDice) return { truePositives, sizes };
  const classes = probability.shape[1]!;
  const perSample = multiply(dice(truePositives, sizes, smooth), weightsOfClasses(classes, first));
  return { dice: sum(perSample) };
}

/** Mean Dice over classes, and over samples. */
function diceOfSums(
  sums: DiceSums,
  { smooth, samples, first, classes }: { smooth: number; samples: number; first: number; classes: number },
): Expression {
  if ('dice' in sums) return multiply(sums.dice, 1 / samples);
  return sum(multiply(dice(sums.truePositives, sums.sizes, smooth), weightsOfClasses(classes, first)));
}

function dice(truePositives: Expression, sizes: Expression, smooth: number): Expression {
  return divide(add(multiply(2, truePositives), smooth), add(sizes, smooth + 1e-8));
}

/** 1 / number for each class from `first` on, 0 for those before: turns a sum over classes into their mean. */
function weightsOfClasses(classes: number, first: number): Expression {
  const data = Float64Array.from({ length: classes }, (_, c) => (c < first ? 0 : 1 / (classes - first)));
  return constant({ data, shape: [classes] });
}
