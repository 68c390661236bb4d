import { constant, divide, logSoftmax, multiply, negate, oneHot, sum } from '@nnunet/autodiff/operators';

/**
 * Cross-entropy in which the voxels of each class have a weight of their own.
 *
 * @param {number[]} weights background first
 * @returns {import('@nnunet/network').Loss}
 */
export function weightedCrossEntropy(weights) {
  return {
    targetChannels: () => 1,
    // logits: (samples, classes, ...space); target: (samples, 1, ...space), labels
    sums(logits, target) {
      const shape = logits.shape.map((n, axis) => (axis === 1 ? n : 1));
      const truth = multiply(oneHot(target, logits.shape[1]), constant({ data: Float64Array.from(weights), shape }));
      return { loss: negate(sum(multiply(truth, logSoftmax(logits, 1)))), weight: sum(truth) };
    },
    // The gradient is derived from this by itself.
    value: ({ loss, weight }) => divide(loss, weight),
  };
}
