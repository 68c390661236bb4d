import type { Expression } from '@nnunet/autodiff';
import {
  add,
  constant,
  divide,
  exp,
  logSoftmax,
  maximum,
  multiply,
  negate,
  sigmoid,
  softplus,
  subtract,
  sum,
} from '@nnunet/autodiff/operators';
import { type CrossEntropySums, perVoxel } from './labelled-voxels.ts';
import { lossTarget, type TargetOptions } from './loss-target.ts';

/** Sums over a batch, by name. The sums of a batch's parts may be added to get those of the whole. */
export type BatchSums = Readonly<Record<string, Expression>>;

/** Sums with these names. */
export type SumsOf<N extends string> = Readonly<Record<N, Expression>>;

/**
 * A loss in two steps, so that several sessions can share a batch: sums over samples and voxels, and the loss as a
 * function of the sums of the whole batch.
 */
export interface Loss {
  /** Channels of the target: 1 (labels), or one per output channel (regions), and one more if voxels are ignored. */
  targetChannels(classes: number): number;
  /** @param logits (samples, classes, …spatial) @param target (samples, target channels, …spatial) */
  sums(logits: Expression, target: Expression): BatchSums;
  /**
   * Returns 1 for the voxels that count and 0 for those that are ignored, (samples, 1, …spatial), so that the Dice of a
   * validation ignores them too. Default: all count.
   *
   * @param target (samples, target channels, …spatial)
   */
  annotated?(target: Expression): Expression;
  /**
   * @param count number of samples of the whole batch, voxels of one sample, and classes
   * @returns a scalar
   */
  value(sums: BatchSums, count: { samples: number; voxels: number; classes: number }): Expression;
}

export interface DiceOptions {
  /** Compute the Dice of the whole batch as one image, instead of averaging over the samples. */
  batchDice: boolean;
  /** Added to numerator and denominator. */
  smooth?: number;
  /**
   * How the denominator is kept from being 0. 'added': 1e-8 more, as in v1. 'least': at least 1e-8, as in v2. Default:
   * 'added'.
   */
  denominator?: 'added' | 'least';
}

/**
 * Soft Dice plus cross-entropy of the softmax, each with weight 1; the background is excluded from the Dice. The target
 * holds labels. Voxels of `ignoreLabel` count in neither part; if there are no others, the loss is -1.
 * Origin: v1's and v2's DC_and_CE_loss.
 */
export function diceAndCrossEntropy({
  ignoreLabel,
  ...options
}: DiceOptions & { ignoreLabel?: number | undefined }): Loss {
  const { smooth = 1e-5 } = options;
  const { truth: truthOf, regions: _, ...reading } = lossTarget({ ignoreLabel });
  return {
    ...reading,
    sums(logits, target) {
      const classes = logits.shape[1]!;
      const logProbability = logSoftmax(logits, 1);
      const truth = truthOf(target, classes);
      const mask = reading.annotated?.(target);
      return {
        crossEntropy: negate(sum(multiply(truth, logProbability))),
        ...(mask && { annotated: sum(mask) }),
        ...diceSums({ ...options, smooth, probability: exp(logProbability), truth, mask, first: 1 }),
      };
    },
    value(sums: CrossEntropySums & DiceSums, { samples, voxels, classes }) {
      const crossEntropy = perVoxel(sums, samples * voxels);
      return subtract(crossEntropy, diceOfSums(sums, { ...options, smooth, samples, first: 1, classes }));
    },
  };
}

/**
 * Soft Dice plus binary cross-entropy of sigmoids, for overlapping regions; every channel counts. The target holds 0 or
 * 1 per region. With `ignore`, it has one more channel at the end, 1 where nothing is known; these voxels count in
 * neither part, and the cross-entropies of the regions are added instead of averaged, as in v2.
 * Origin: v1's and v2's DC_and_BCE_loss.
 */
export function diceAndBinaryCrossEntropy({ ignore = false, ...options }: DiceOptions & { ignore?: boolean }): Loss {
  const { smooth = 0 } = options;
  const { truth: truthOf, regions: _, ...reading } = lossTarget({ regions: true, ignoreLabel: ignore ? 0 : undefined });
  return {
    ...reading,
    sums(logits, target) {
      const truth = truthOf(target, logits.shape[1]!);
      const mask = reading.annotated?.(target);
      const losses = subtract(softplus(logits), multiply(logits, truth));
      return {
        crossEntropy: sum(mask === undefined ? losses : multiply(losses, mask)),
        ...(mask && { annotated: sum(mask) }),
        ...diceSums({ ...options, smooth, probability: sigmoid(logits), truth, mask, first: 0 }),
      };
    },
    value(sums: CrossEntropySums & DiceSums, { samples, voxels, classes }) {
      const crossEntropy = perVoxel(sums, samples * voxels * classes);
      return subtract(crossEntropy, diceOfSums(sums, { ...options, smooth, samples, first: 0, classes }));
    },
  };
}

/** What a training tells its loss. */
export interface LossOptions extends TargetOptions {
  batchDice: boolean;
}

/** {@link diceAndCrossEntropy} of labels, or {@link diceAndBinaryCrossEntropy} of regions. */
export function diceAndEntropy({ regions = false, ignoreLabel, ...dice }: DiceOptions & TargetOptions): Loss {
  if (regions) return diceAndBinaryCrossEntropy({ ...dice, ignore: ignoreLabel !== undefined });
  return diceAndCrossEntropy({ ...dice, ignoreLabel });
}

/** Batch Dice needs sums per class; the Dice per sample is itself a sum over samples. */
type DiceSums = SumsOf<'truePositives' | 'sizes'> | SumsOf<'dice'>;

type DiceTerms = DiceOptions & { smooth: number; first: number };

function diceSums(
  options: DiceTerms & { probability: Expression; truth: Expression; mask: Expression | undefined },
): DiceSums {
  const { probability, truth, mask, batchDice, first } = options;
  const axes = probability.shape.map((_, i) => i).filter((i) => i !== 1 && (batchDice || i > 0));
  const masked = (x: Expression) => (mask === undefined ? x : multiply(x, mask));
  const annotated = masked(truth);
  const truePositives = sum(multiply(probability, annotated), axes);
  // 2 tp + fp + fn
  const sizes = add(sum(masked(probability), axes), sum(annotated, axes));
  if (batchDice) return { truePositives, sizes };
  const classes = probability.shape[1]!;
  const perSample = multiply(softDiceOf({ truePositives, sizes }, options), weightsOfClasses(classes, first));
  return { dice: sum(perSample) };
}

/** Mean Dice over classes, and over samples. */
function diceOfSums(sums: DiceSums, options: DiceTerms & { samples: number; classes: number }): Expression {
  const { samples, classes, first } = options;
  if ('dice' in sums) return multiply(sums.dice, 1 / samples);
  return sum(multiply(softDiceOf(sums, options), weightsOfClasses(classes, first)));
}

/** Dice of each class, from sums over voxels. @param of `sizes`: 2 tp + fp + fn */
export function softDiceOf(
  { truePositives, sizes }: SumsOf<'truePositives' | 'sizes'>,
  { smooth, denominator = 'added' }: { smooth: number } & Pick<DiceOptions, 'denominator'>,
): Expression {
  const numerator = add(multiply(2, truePositives), smooth);
  if (denominator === 'added') return divide(numerator, add(sizes, smooth + 1e-8));
  return divide(numerator, smooth >= 1e-8 ? add(sizes, smooth) : maximum(add(sizes, smooth), 1e-8));
}

/** 1 / number for each class from `first` on, 0 for those before: turns a sum over classes into their mean. */
function weightsOfClasses(classes: number, first: number): Expression {
  const data = Float64Array.from({ length: classes }, (_, c) => (c < first ? 0 : 1 / (classes - first)));
  return constant({ data, shape: [classes] });
}
