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
import type { Loss, SumsOf } from './loss.ts';

/** Mean cross-entropy of softmax. Origin: v1's RobustCrossEntropyLoss. */
export function crossEntropy(): Loss {
  return {
    targetChannels: () => 1,
    sums: (logits, target) => ({ crossEntropy: sum(crossEntropyOfVoxels(logits, target)) }),
    value: ({ crossEntropy }: SumsOf<'crossEntropy'>, { samples, voxels }) =>
      multiply(crossEntropy, 1 / (samples * voxels)),
  };
}

/** Halvings of the interval that holds the threshold, and its upper end: no voxel of a network that learns is above it. */
const HALVINGS = 34;
const GREATEST_CROSS_ENTROPY = 100;

/**
 * Mean cross-entropy of the voxels where it is greatest, e.g. of a tenth of them. The threshold is found by halving an
 * interval, without sorting; voxels that lie on it share what is left. Where several sessions share a batch, each takes
 * the greatest of its own part.
 * @param share of all voxels of a batch, above 0 and up to 1
 * Origin: v1's TopKLoss.
 */
export function topCrossEntropy(share: number): Loss {
  return {
    targetChannels: () => 1,
    sums(logits, target) {
      const losses = crossEntropyOfVoxels(logits, target);
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
 * Focal loss of softmax: -alpha (1 - p)^2 log p, p the probability of the true class, moved away from 0 by `smooth`.
 * Origin: v1's FocalLossV2 with gamma 2; Lin et al., Focal Loss for Dense Object Detection (ICCV 2017).
 */
export function focalLoss({ alpha = 0.5, smooth = 1e-5 } = {}): Loss {
  return {
    targetChannels: () => 1,
    sums(logits, target) {
      const classes = logits.shape[1]!;
      const truth = oneHot(target, classes);
      const others = smooth / (classes - 1);
      // v1 limits the one-hot target to [smooth / (classes - 1), 1 - smooth].
      const weights = add(multiply(truth, 1 - smooth - others), others);
      const p = add(sum(multiply(weights, exp(logSoftmax(logits, 1))), [1]), smooth);
      return { focal: negate(sum(multiply(square(subtract(1, p)), log(p)))) };
    },
    value: ({ focal }: SumsOf<'focal'>, { samples, voxels }) => multiply(focal, alpha / (samples * voxels)),
  };
}

/** (samples, …spatial) */
function crossEntropyOfVoxels(logits: Expression, target: Expression): Expression {
  return negate(sum(multiply(oneHot(target, logits.shape[1]!), logSoftmax(logits, 1)), [1]));
}

/** 1 where x is greater, 0 elsewhere. */
function above(x: Expression, threshold: Expression): Expression {
  return cast(greater(x, threshold), 'float');
}
