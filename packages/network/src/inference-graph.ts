import type { Expression } from '@nnunet/autodiff';
import { constant, input, sigmoid, softmax } from '@nnunet/autodiff/operators';
import { NnUNetError } from '@nnunet/errors';
import { buildForward } from './forward.ts';
import { type NetworkDescription, stageSizes } from './network-description.ts';
import { type NetworkGraph, names } from './network-graph.ts';
import { type ParameterShape, type Parameters, parameterShapes } from './parameters.ts';

/** The function that turns logits into the values averaged over tiles: softmax, or sigmoids for regions. */
export type OutputNonlinearity = 'softmax' | 'sigmoid' | 'none';

/**
 * Builds the network with stored weights, for prediction.
 *
 * @returns a graph that computes `output` (batchSize, classes, …patchSize) from `data` (batchSize, inputChannels,
 * …patchSize)
 * @throws NnUNetError 'bad-weights' if a parameter is missing or has another shape
 */
export function buildInference(options: {
  description: NetworkDescription;
  weights: Parameters;
  patchSize: readonly number[];
  batchSize: number;
  nonlinearity?: OutputNonlinearity;
}): NetworkGraph<'data'> {
  const { weights, patchSize, batchSize, nonlinearity = 'softmax' } = options;
  const description = { ...options.description, deepSupervision: false };
  stageSizes(description, patchSize);
  checkWeights(description, weights);
  const data = input(names.data, [batchSize, description.inputChannels, ...patchSize]);
  const lookup = new Map<string, Expression>();
  const parameter = (name: string) => {
    const known = lookup.get(name) ?? constant(weights.get(name)!, name);
    lookup.set(name, known);
    return known;
  };
  const [logits] = buildForward(description, data, parameter);
  const output =
    nonlinearity === 'softmax' ? softmax(logits, 1) : nonlinearity === 'sigmoid' ? sigmoid(logits) : logits;
  return { inputs: { data }, outputs: { [names.output]: output } };
}

/** Checks that every parameter of the network is present with its shape. @throws NnUNetError 'bad-weights' */
export function checkWeights(description: NetworkDescription, weights: Parameters): void {
  checkShapesOf(parameterShapes(description), weights);
}

/** Checks that all of these parameters are present with their shapes. @throws NnUNetError 'bad-weights' */
export function checkShapesOf(expected: readonly ParameterShape[], weights: Parameters): void {
  for (const { name, shape } of expected) {
    const own = weights.get(name);
    if (own === undefined || own.shape.join() !== shape.join()) {
      throw new NnUNetError('bad-weights', {
        what: `the weights have ${own === undefined ? 'no' : own.shape.join('x')} ${name}, the network needs ${shape.join('x')}`,
        remedy: 'Use weights and plans of the same training.',
      });
    }
  }
}
