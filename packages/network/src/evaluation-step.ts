import type { Expression } from '@nnunet/autodiff';
import { argMax, cast, constant, greater, multiply, oneHot, subtract, sum } from '@nnunet/autodiff/operators';
import { channelsOf } from './loss-target.ts';
import { type BatchInput, type NetworkGraph, names } from './network-graph.ts';
import { buildLossGraph, type LossGraph, type StepOptions } from './training-step.ts';

/** Voxel counts of a batch. */
export type VoxelCounts<V> = Record<'truePositives' | 'falsePositives' | 'falseNegatives', V>;

/** Builds the loss of a batch (`loss`, a scalar) and its {@link evaluationCounts}. */
export function buildEvaluationStep(options: StepOptions): NetworkGraph<BatchInput | 'weights'> {
  const graph = buildLossGraph(options, false);
  return {
    inputs: { ...graph.inputs, weights: graph.weights },
    outputs: { [names.loss]: graph.loss, ...evaluationCounts(graph, options) },
  };
}

/**
 * Counts voxels per class of the full-resolution output, summed over the samples. Labels: argmax against the target,
 * classes 1 and up. Regions: where the sigmoid exceeds one half. Voxels that the loss ignores are left out.
 *
 * @returns (classes) each
 */
export function evaluationCounts(graph: LossGraph, options: StepOptions): VoxelCounts<Expression> {
  const [logits] = graph.outputs;
  const target = graph.inputs.targets.get(0)!;
  const classes = logits.shape[1]!;
  // One class alone is a region: labels have a background too.
  const labels = classes > 1 && options.loss.targetChannels(classes) === 1;
  const predicted = labels ? oneHot(argMax(logits, 1), classes) : cast(greater(logits, constant(0)), 'float');
  const truth = labels ? oneHot(target, classes) : channelsOf(target, 0, classes);
  const mask = options.loss.annotated?.(target);
  const counted = (x: Expression) => (mask === undefined ? x : multiply(x, mask));
  const axes = logits.shape.map((_, i) => i).filter((i) => i !== 1);
  const annotated = counted(truth);
  const truePositives = sum(multiply(predicted, annotated), axes);
  const found = sum(counted(predicted), axes);
  const present = sum(annotated, axes);
  return {
    truePositives,
    falsePositives: subtract(found, truePositives),
    falseNegatives: subtract(present, truePositives),
  };
}
