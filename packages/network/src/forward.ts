import type { Expression } from '@nnunet/autodiff';
import { add, input } from '@nnunet/autodiff/operators';
import type { LayerContext } from './layers.ts';
import { networkOf } from './network.ts';
import { type NetworkDescription, outputShapes } from './network-description.ts';
import { parameterShapes } from './parameters.ts';

/** Looks up a parameter's expression by its PyTorch name. */
export type ParameterLookup = (name: string) => Expression;

/** Given in training: see {@link LayerContext}. */
export type ForwardOptions = Pick<LayerContext, 'onBatchStatistics' | 'mask'>;

/**
 * Builds the network as expressions.
 *
 * @param x (samples, channels, …spatial), sizes divisible by the product of the pools
 * @param parameter called only for parameters that the network uses: not for biases before an instance norm (or a batch
 * norm in training), which cancels them
 * @returns logits (samples, classes, …spatial), full resolution first; one per pool with deep supervision, otherwise
 * one
 */
export function buildForward(
  description: NetworkDescription,
  x: Expression,
  parameter: ParameterLookup,
  options: ForwardOptions = {},
): [Expression, ...Expression[]] {
  const [samples, , ...patchSize] = x.shape as [number, number, ...number[]];
  const { length } = outputShapes(description, patchSize, samples);
  return networkOf(description)
    .forward(x, { ...options, parameter })
    .slice(0, length) as [Expression, ...Expression[]];
}

/** Returns the outputs of a network that predicts one patch, made from symbols for data and weights. */
export function forwardPass(description: NetworkDescription, patchSize: readonly number[]): Expression[] {
  const data = input('data', [1, description.inputChannels, ...patchSize]);
  const parameters = new Map(parameterShapes(description).map(({ name, shape }) => [name, input(name, shape)]));
  return buildForward(description, data, (name) => parameters.get(name)!);
}

/** Adds several expressions. */
export function total(list: readonly Expression[]): Expression {
  return list.reduce((a, b) => add(a, b));
}
