import type { Expression } from '@nnunet/autodiff';
import { add } from '@nnunet/autodiff/operators';
import { type BatchStatistics, ForwardOperations, type ParameterLookup } from './forward-operations.ts';
import type { NetworkDescription } from './network-description.ts';
import { networkLayers } from './network-layers.ts';
import { computeUNet } from './network-operations.ts';

export interface ForwardOptions {
  /**
   * Called for each batch norm, which then uses the statistics of the batch. Default: batch norms use their running
   * statistics.
   */
  onBatchStatistics?: (statistics: BatchStatistics) => void;
}

/**
 * Builds the network as expressions.
 *
 * @param x (samples, channels, …spatial), sizes divisible by the product of the pools
 * @param parameter called only for parameters that the outputs depend on: not for biases before an instance norm (or a
 * batch norm in training), which cancels them
 * @returns logits (samples, classes, …spatial), full resolution first; one per pool with deep supervision, otherwise
 * one
 */
export function buildForward(
  description: NetworkDescription,
  x: Expression,
  parameter: ParameterLookup,
  { onBatchStatistics }: ForwardOptions = {},
): [Expression, ...Expression[]] {
  const operations = new ForwardOperations(description, parameter, onBatchStatistics);
  const { deepSupervision } = description;
  return computeUNet<Expression>(networkLayers(description), operations, { x, deepSupervision });
}

/** Adds several expressions. */
export function total(list: readonly Expression[]): Expression {
  return list.reduce((a, b) => add(a, b));
}
