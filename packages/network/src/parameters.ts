import type { Tensor } from '@nnunet/tensor';
import { networkOf } from './network.ts';
import type { NetworkDescription } from './network-description.ts';
import { type ParameterShape, startValues } from './network-parameter.ts';

export type { ParameterShape };

/** Weights or momenta by PyTorch's names, in the order of the state dict. */
export type Parameters = Map<string, Tensor>;

/** Returns all parameters of a network, in the order of PyTorch's state dict. */
export function parameterShapes(description: NetworkDescription): ParameterShape[] {
  return networkOf(description).parameters.map(({ name, shape, statistic }) => ({
    name,
    shape: [...shape],
    ...(statistic ? { statistic } : {}),
  }));
}

/** Returns the parameters that have a momentum: all except statistics. */
export function trainableShapes(description: NetworkDescription): ParameterShape[] {
  return parameterShapes(description).filter((p) => !p.statistic);
}

/**
 * Initialises the weights of a new network: convolutions normal with mean 0 and standard deviation sqrt(2 / (1 +
 * slope²) / fan), where fan = shape[1] times the kernel's size (for a transposed convolution shape[1] is the output
 * channels, as in PyTorch); biases 0, norms 1 and 0. Origin: He et al. 2015; v1's InitWeights_He.
 *
 * @param seed the same seed gives the same weights on every machine
 */
export function initialiseWeights(description: NetworkDescription, seed: number): Parameters {
  return drawWeights(description, seed);
}

function drawWeights(description: NetworkDescription, seed: number, slope?: number): Parameters {
  return new Map(
    networkOf(description).parameters.map((parameter) => {
      const { name, shape } = parameter;
      return [name, { data: startValues(parameter, seed, slope), shape: [...shape] }];
    }),
  );
}

/** Slope in He's rule, whatever the network's own. */
const REDRAW_SLOPE = 0.01;

/**
 * Returns weights for another attempt after a network has learnt nothing: convolutions redrawn, their biases 0, norms
 * kept.
 * Origin: v1 applies InitWeights_He(1e-2) again, which only affects convolutions.
 */
export function redrawConvolutions(description: NetworkDescription, weights: Parameters, seed: number): Parameters {
  const kept = new Set(networkOf(description).parameters.flatMap(({ name, ofNorm }) => (ofNorm ? [name] : [])));
  const fresh = drawWeights(description, seed, REDRAW_SLOPE);
  return new Map([...fresh].map(([name, tensor]) => [name, kept.has(name) ? weights.get(name)! : tensor]));
}
