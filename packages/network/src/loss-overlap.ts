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
  sqrt,
  square,
  subtract,
  sum,
} from '@nnunet/autodiff/operators';
import { type DiceOptions, type Loss, type SumsOf, softDiceOf } from './loss.ts';
import { lossTarget, type TargetOptions } from './loss-target.ts';

export interface OverlapOptions extends DiceOptions, TargetOptions {
  /** Whether the background counts as a class. Default: false. Regions have none, and all count. */
  background?: boolean;
}

/** `terms`: sums over space, and over samples for a batch Dice; each (classes) or (samples, classes). */
interface Overlap<N extends string> extends OverlapOptions {
  terms(probability: Expression, truth: Expression, over: (x: Expression) => Expression): SumsOf<N>;
  /** Computes the overlap from the sums, without the class axis. @param voxelMean divides by the number of voxels summed over */
  overlap(
    terms: SumsOf<N>,
    classMean: (x: Expression) => Expression,
    voxelMean: (x: Expression) => Expression,
  ): Expression;
}

/** Soft Dice of the softmax, or of the sigmoids of regions, negated. Origin: v1's and v2's SoftDiceLoss. */
export function softDice(options: OverlapOptions): Loss {
  return overlapLoss({ ...options, ...diceOf(options, 1e-5) });
}

/**
 * Soft Dice of sigmoids, for overlapping regions. Origin: v1's SoftDiceLoss as used by
 * nnUNetTrainerV2BraTSRegions_Dice, and v2's nnUNetTrainerDiceLoss.
 */
export function softDiceOfRegions(options: DiceOptions & Pick<TargetOptions, 'ignoreLabel'>): Loss {
  return overlapLoss({ ...options, regions: true, ...diceOf(options, 0) });
}

/** Soft Dice with squares in the denominator. Origin: v1's SoftDiceLossSquared; Milletari et al., V-Net (3DV 2016). */
export function squaredDice({ smooth = 1e-5, ...options }: OverlapOptions): Loss {
  return overlapLoss({
    ...options,
    terms: (p, y, over) => ({ common: over(multiply(p, y)), sizes: over(add(square(p), square(y))) }),
    overlap: ({ common, sizes }, classMean) => classMean(divide(multiply(2, add(common, smooth)), add(sizes, smooth))),
  });
}

/**
 * Generalised Dice: classes weighted by 1 / their volume, then one Dice for all. Origin: v1's GDL; Sudre et al. (2017)
 * weight by the inverse of the squared volume.
 */
export function generalisedDice({ smooth = 1e-5, ...options }: OverlapOptions): Loss {
  return overlapLoss({
    ...options,
    terms: (p, y, over) => ({ common: over(multiply(p, y)), predicted: over(p), volume: over(y) }),
    overlap({ common, predicted, volume }, classMean) {
      const weight = divide(1, add(volume, 1e-6));
      const tp = classMean(multiply(weight, multiply(2, common)));
      const sizes = classMean(multiply(weight, add(predicted, volume)));
      // v1 smooths the sums over the classes; these are means.
      const share = smooth / (volume.shape.at(-1)! - (options.background || options.regions ? 0 : 1));
      return divide(add(tp, share), add(sizes, share));
    },
  });
}

/**
 * Matthews correlation coefficient, negated. It is 0 here for a class that does not occur, where v1's is NaN.
 * Origin: v1's MCCLoss.
 */
export function matthewsCorrelation(options: OverlapOptions): Loss {
  return overlapLoss({
    ...options,
    terms: (p, y, over) => ({ common: over(multiply(p, y)), predicted: over(p), volume: over(y) }),
    overlap({ common, predicted, volume }, classMean, share) {
      const [tp, positive, real] = [share(common), share(predicted), share(volume)];
      // tp tn - fp fn, and the marginal sums of the contingency table
      const numerator = subtract(tp, multiply(positive, real));
      const margins = multiply(multiply(positive, real), multiply(subtract(1, positive), subtract(1, real)));
      return classMean(divide(numerator, sqrt(add(margins, 1e-12))));
    },
  });
}

function diceOf(
  { smooth, denominator }: DiceOptions,
  usualSmooth: number,
): Pick<Overlap<'truePositives' | 'sizes'>, 'terms' | 'overlap'> {
  const options = { smooth: smooth ?? usualSmooth, ...(denominator && { denominator }) };
  return {
    terms: (p, y, over) => ({ truePositives: over(multiply(p, y)), sizes: add(over(p), over(y)) }),
    overlap: (sums, classMean) => classMean(softDiceOf(sums, options)),
  };
}

function overlapLoss<N extends string>(options: Overlap<N>): Loss {
  const { batchDice, terms, overlap } = options;
  const { regions, truth, ...reading } = lossTarget(options);
  const first = options.background || regions ? 0 : 1;
  const classMean = (x: Expression) => {
    const classes = x.shape.at(-1)!;
    const weights = Float64Array.from({ length: classes }, (_, c) => (c < first ? 0 : 1 / (classes - first)));
    return sum(multiply(x, constant({ data: weights, shape: [classes] })), [-1]);
  };
  /** @param annotated number of voxels that count, if some do not */
  const meanOver = (voxels: number, annotated: Expression | undefined) => (x: Expression) =>
    annotated === undefined ? multiply(x, 1 / voxels) : divide(x, maximum(annotated, 1));
  return {
    ...reading,
    sums(logits, target) {
      const probability = regions ? sigmoid(logits) : exp(logSoftmax(logits, 1));
      const mask = reading.annotated?.(target);
      const axes = logits.shape.map((_, i) => i).filter((i) => i !== 1 && (batchDice || i > 0));
      const over = (x: Expression) => sum(mask === undefined ? x : multiply(x, mask), axes);
      const found = terms(probability, truth(target, logits.shape[1]!), over);
      const annotated = mask && sum(mask, axes);
      if (batchDice) return { ...found, ...(annotated && { annotated }) };
      const voxels = logits.shape.slice(2).reduce((a, b) => a * b, 1);
      return { overlap: sum(overlap(found, classMean, meanOver(voxels, annotated))) };
    },
    value: (sums: SumsOf<N | 'overlap'> & Partial<SumsOf<'annotated'>>, { samples, voxels }) =>
      negate(
        batchDice
          ? overlap(sums, classMean, meanOver(samples * voxels, sums.annotated))
          : multiply(sums.overlap, 1 / samples),
      ),
  };
}
