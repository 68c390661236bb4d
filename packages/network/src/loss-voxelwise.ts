import type { Expression } from '@nnunet/autodiff';
import {
  add,
  cast,
  constant,
  divide,
  exp,
  greater,
  log,
  logSoftmax,
  maximum,
  multiply,
  negate,
  sigmoid,
  softplus,
  square,
  subtract,
  sum,
} from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { perVoxel } from './labelled-voxels.ts';
import type { Loss, SumsOf } from './loss.ts';
import { lossTarget, type TargetOptions } from './loss-target.ts';

/** Mean cross-entropy of the softmax, or of the sigmoids of regions. Origin: v1's RobustCrossEntropyLoss. */
export function crossEntropy(options: TargetOptions = {}): Loss {
  const { truth: _, regions, ...reading } = lossTarget(options);
  return {
    ...reading,
    sums(logits, target) {
      const { losses, counts } = crossEntropyOfVoxels(logits, target, options);
      return { crossEntropy: sum(losses), ...counts };
    },
    value: ({ crossEntropy, ...counts }: SumsOf<'crossEntropy'> & Counts, size) =>
      perValue(crossEntropy, counts, size, regions),
  };
}

/**
 * Number of times the interval containing the threshold is halved, and its upper end, which no voxel of a learning
 * network exceeds.
 */
const HALVINGS = 34;
const GREATEST_CROSS_ENTROPY = 100;

/**
 * Mean cross-entropy of the voxels where it is greatest, e.g. the top tenth. The threshold is found by bisection,
 * without sorting; voxels exactly at the threshold share the remainder. If several sessions share a batch, each takes
 * the greatest of its own part.
 *
 * @param share fraction of all voxels of a batch, above 0 and at most 1; voxels of the ignore label are among them, with
 *   a cross-entropy of 0
 * @param options `labelSmoothing`: part of the target of labels that is shared among all classes. Default: 0
 * Origin: v1's and v2's TopKLoss.
 */
export function topCrossEntropy(share: number, options: TargetOptions & { labelSmoothing?: number } = {}): Loss {
  const { truth: _, regions, ...reading } = lossTarget(options);
  return {
    ...reading,
    sums(logits, target) {
      const { losses } = crossEntropyOfVoxels(logits, target, options);
      const wanted = Math.floor(sizeOf(losses.shape) * share);
      let low = constant(0);
      let high = constant(GREATEST_CROSS_ENTROPY);
      for (let i = 0; i < HALVINGS; i++) {
        const middle = multiply(add(low, high), 0.5);
        const tooMany = cast(greater(sum(above(losses, middle)), constant(wanted)), 'float');
        low = add(low, multiply(tooMany, subtract(middle, low)));
        high = add(middle, multiply(tooMany, subtract(high, middle)));
      }
      const surely = above(losses, high);
      const onThreshold = subtract(above(losses, low), surely);
      const left = divide(subtract(wanted, sum(surely)), maximum(sum(onThreshold), 1));
      return { greatest: sum(multiply(losses, add(surely, multiply(onThreshold, left)))) };
    },
    value: ({ greatest }: SumsOf<'greatest'>, { samples, voxels, classes }) =>
      multiply(greatest, 1 / Math.floor(samples * voxels * (regions ? classes : 1) * share)),
  };
}

/**
 * Focal loss of the softmax: -alpha (1 - p)^2 log p, where p is the probability of the true class, moved away from 0 by
 * `smooth`.
 * Origin: v1's FocalLossV2 with gamma 2; Lin et al., Focal Loss for Dense Object Detection (ICCV 2017).
 */
export function focalLoss({ alpha = 0.5, smooth = 1e-5, ...options }: FocalOptions = {}): Loss {
  const { truth: truthOf, regions, ...reading } = lossTarget(options);
  return {
    ...reading,
    sums(logits, target) {
      const classes = logits.shape[1]!;
      const truth = truthOf(target, classes);
      const others = smooth / (regions ? 1 : classes - 1);
      // v1 clamps the one-hot target to [smooth / (classes - 1), 1 - smooth].
      const weights = add(multiply(truth, 1 - smooth - others), others);
      const p = add(
        regions ? agreement(sigmoid(logits), weights) : sum(multiply(weights, exp(logSoftmax(logits, 1))), [1]),
        smooth,
      );
      const { losses, counts } = annotatedOnly(
        negate(multiply(square(subtract(1, p)), log(p))),
        reading.annotated?.(target),
      );
      return { focal: sum(losses), ...counts };
    },
    value: ({ focal, ...counts }: SumsOf<'focal'> & Counts, size) =>
      multiply(perValue(focal, counts, size, regions), alpha),
  };
}

interface FocalOptions extends TargetOptions {
  alpha?: number;
  smooth?: number;
}

/** Probability of what is the case: a region where it is, none where it is not. */
function agreement(probability: Expression, truth: Expression): Expression {
  return add(multiply(truth, probability), multiply(subtract(1, truth), subtract(1, probability)));
}

/** Number of voxels that count, if some do not. */
type Counts = Partial<SumsOf<'annotated'>>;

/** Losses of labels are (samples, …spatial), those of regions (samples, regions, …spatial); 0 where nothing is known. */
function crossEntropyOfVoxels(
  logits: Expression,
  target: Expression,
  { labelSmoothing = 0, ...options }: TargetOptions & { labelSmoothing?: number },
) {
  const { truth: truthOf, regions, annotated } = lossTarget(options);
  const classes = logits.shape[1]!;
  const truth = truthOf(target, classes);
  const smoothed = labelSmoothing === 0 ? truth : add(multiply(truth, 1 - labelSmoothing), labelSmoothing / classes);
  const losses = regions
    ? subtract(softplus(logits), multiply(logits, truth))
    : negate(sum(multiply(smoothed, logSoftmax(logits, 1)), [1]));
  return annotatedOnly(losses, annotated?.(target));
}

/** Losses of 0 where nothing is known. @param mask 1 for the voxels that count, (samples, 1, …spatial) */
function annotatedOnly(losses: Expression, mask: Expression | undefined): { losses: Expression; counts: Counts } {
  if (mask === undefined) return { losses, counts: {} };
  const same = losses.shape.length === mask.shape.length ? mask : sum(mask, [1]);
  return { losses: multiply(losses, same), counts: { annotated: sum(mask) } };
}

/** The mean over all voxels that count, and over regions. */
function perValue(
  total: Expression,
  { annotated }: Counts,
  { samples, voxels, classes }: Parameters<Loss['value']>[1],
  regions: boolean,
): Expression {
  const each = regions ? classes : 1;
  const values = annotated && multiply(annotated, each);
  return perVoxel({ crossEntropy: total, ...(values && { annotated: values }) }, samples * voxels * each);
}

/** 1 where x exceeds the threshold, 0 elsewhere. */
function above(x: Expression, threshold: Expression): Expression {
  return cast(greater(x, threshold), 'float');
}
