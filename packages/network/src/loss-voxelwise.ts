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
  oneHot,
  square,
  subtract,
  sum,
} from '@nnunet/autodiff/operators';
import { sizeOf } from '@nnunet/tensor';
import { type CrossEntropySums, labelledVoxels, perVoxel } from './labelled-voxels.ts';
import type { Loss, SumsOf } from './loss.ts';

export interface CrossEntropyOptions {
  /** Voxels of this label do not count. It is greater than those of the classes. */
  ignoreLabel?: number | undefined;
}

/** Mean cross-entropy of the softmax. Origin: v1's and v2's RobustCrossEntropyLoss. */
export function crossEntropy({ ignoreLabel }: CrossEntropyOptions = {}): Loss {
  const annotated = (target: Expression) => labelledVoxels(target, ignoreLabel!);
  return {
    targetChannels: () => 1,
    ...(ignoreLabel !== undefined && { annotated }),
    sums: (logits, target) => ({
      crossEntropy: sum(crossEntropyOfVoxels(logits, target)),
      ...(ignoreLabel !== undefined && { annotated: sum(annotated(target)) }),
    }),
    value: (sums: CrossEntropySums, { samples, voxels }) => perVoxel(sums, samples * voxels),
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
 * @param options `labelSmoothing`: part of the target that is shared among all classes. Default: 0
 * Origin: v1's and v2's TopKLoss.
 */
export function topCrossEntropy(
  share: number,
  { ignoreLabel, labelSmoothing = 0 }: CrossEntropyOptions & { labelSmoothing?: number } = {},
): Loss {
  const annotated = (target: Expression) => labelledVoxels(target, ignoreLabel!);
  return {
    targetChannels: () => 1,
    ...(ignoreLabel !== undefined && { annotated }),
    sums(logits, target) {
      const smoothed = crossEntropyOfVoxels(logits, target, labelSmoothing);
      const losses =
        ignoreLabel === undefined || labelSmoothing === 0 ? smoothed : multiply(smoothed, sum(annotated(target), [1]));
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
    value: ({ greatest }: SumsOf<'greatest'>, { samples, voxels }) =>
      multiply(greatest, 1 / Math.floor(samples * voxels * share)),
  };
}

/**
 * Focal loss of the softmax: -alpha (1 - p)^2 log p, where p is the probability of the true class, moved away from 0 by
 * `smooth`.
 * Origin: v1's FocalLossV2 with gamma 2; Lin et al., Focal Loss for Dense Object Detection (ICCV 2017).
 */
export function focalLoss({ alpha = 0.5, smooth = 1e-5 } = {}): Loss {
  return {
    targetChannels: () => 1,
    sums(logits, target) {
      const classes = logits.shape[1]!;
      const truth = oneHot(target, classes);
      const others = smooth / (classes - 1);
      // v1 clamps the one-hot target to [smooth / (classes - 1), 1 - smooth].
      const weights = add(multiply(truth, 1 - smooth - others), others);
      const p = add(sum(multiply(weights, exp(logSoftmax(logits, 1))), [1]), smooth);
      return { focal: negate(sum(multiply(square(subtract(1, p)), log(p)))) };
    },
    value: ({ focal }: SumsOf<'focal'>, { samples, voxels }) => multiply(focal, alpha / (samples * voxels)),
  };
}

/** (samples, …spatial); 0 where the label is that of no class, without smoothing. */
function crossEntropyOfVoxels(logits: Expression, target: Expression, smoothing = 0): Expression {
  const classes = logits.shape[1]!;
  const truth = oneHot(target, classes);
  const smoothed = smoothing === 0 ? truth : add(multiply(truth, 1 - smoothing), smoothing / classes);
  return negate(sum(multiply(smoothed, logSoftmax(logits, 1)), [1]));
}

/** 1 where x exceeds the threshold, 0 elsewhere. */
function above(x: Expression, threshold: Expression): Expression {
  return cast(greater(x, threshold), 'float');
}
