import type { Expression } from '@nnunet/autodiff';
import { input } from '@nnunet/autodiff/operators';
import type { Architecture } from './architecture.ts';
import { shippedArchitectures, unets } from './architecture-registry.ts';
import { DeclaredParameters } from './declared-parameters.ts';
import { type LayerContext, Layers } from './layers.ts';
import { type NetworkDescription, patchDivisor, type ShippedArchitecture } from './network-description.ts';
import type { NetworkParameter } from './network-parameter.ts';
import { StoredNetworkReader } from './stored-network-reader.ts';
import type { UNet } from './unet.ts';
import type { UNetLayers } from './unet-layers.ts';

/** The computation of a network, whatever its description is: a built-in architecture, or a graph. */
export interface Network {
  /** In the order of files. */
  readonly parameters: readonly NetworkParameter[];
  /**
   * @param x (samples, channels, …patch)
   * @returns the logits, full resolution first; more than the network's description promises are to be ignored
   */
  forward(x: Expression, context: LayerContext): readonly Expression[];
}

const known = new WeakMap<NetworkDescription, Network>();

/**
 * Returns the network of a description, which must not change afterwards.
 *
 * @throws NnUNetError 'unknown-architecture' for a description without a graph; RangeError or TypeError for settings or a
 * graph that make no network
 */
export function networkOf(description: NetworkDescription): Network {
  const network =
    known.get(description) ??
    (description.graph === undefined ? shippedNetwork(description) : new StoredNetworkReader(description.graph));
  known.set(description, network);
  return network;
}

/** Returns the layers of a built-in architecture. @throws NnUNetError 'unknown-architecture' */
export function unetLayersOf(description: NetworkDescription): UNetLayers {
  return unetOf(description).unetLayers();
}

function unetOf(description: NetworkDescription): UNet {
  const { architecture } = description;
  shippedArchitectures.get(architecture);
  return new unets[architecture as ShippedArchitecture](description);
}

function shippedNetwork(description: NetworkDescription): Network {
  const architecture = unetOf(description);
  return {
    parameters: parametersOf(architecture, patchDivisor(description)),
    forward: (x, context) => architecture.outputs(x, new Layers(description, context)),
  };
}

/** Returns the parameters that an architecture declares in training, in the order of its layers. */
function parametersOf(architecture: Architecture, patchSize: readonly number[]): NetworkParameter[] {
  const declared = new DeclaredParameters();
  const x = input('data', [1, architecture.settings.inputChannels, ...patchSize]);
  const context: LayerContext = {
    declare: (parameter) => declared.declare(parameter),
    parameter: (name, shape) => declared.expression(name, shape),
    onBatchStatistics: () => {},
  };
  architecture.outputs(x, new Layers(architecture.settings, context));
  return declared.inOrder((layers) => architecture.layerOrder(layers));
}
