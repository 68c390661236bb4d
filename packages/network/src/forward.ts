import type { Expression } from '@nnunet/autodiff';
import { add } from '@nnunet/autodiff/operators';
import { type BatchStatistics, ForwardOperations, type ParameterLookup } from './forward-operations.ts';
import type { NetworkDescription } from './network-description.ts';
import { networkLayers } from './network-layers.ts';
import { computeUNet } from './network-operations.ts';

export interface ForwardOptions {
  /** Called for each batch norm: it then uses the statistics of the batch. If not given: its running ones. */
  onBatchStatistics?: (statistics: BatchStatistics) => void;
}

/**
 * The network as expressions.
 * @param x (samples, channels, …spatial), sizes divisible by the product of the pools
 * @param parameter only those that the outputs depend on are asked for: not the biases before an instance norm (or a batch
 *   norm in training), which takes them away again
 * @returns logits (samples, classes, …spatial), full resolution first; one per pool with deep supervision, else one
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
