import type { StoredTensor } from '@nnunet/tensor';
import type { NetworkDescription, ShippedArchitecture } from './network-description.ts';
import type { Parameters } from './parameters.ts';

/** A network of a built-in architecture. */
export type ShippedNetwork = NetworkDescription & { architecture: ShippedArchitecture };

type Doubles = (name: string, description: NetworkDescription) => string[];

/** Under which further names PyTorch lists a parameter, because a module is part of several others. */
const doubles: Readonly<Record<ShippedArchitecture, Doubles>> = {
  Generic_UNet: () => [],
  // conv, dropout, norm, nonlinearity
  FabiansUNet: (name) => (name.startsWith('decoder.stages.') ? within(name, 'all', 2) : []),
  PlainConvUNet: doublesOfV2,
  ResidualEncoderUNet: doublesOfV2,
};

function doublesOfV2(name: string, { nonlinearityFirst, nonlinearity }: NetworkDescription): string[] {
  const names = [name, ...within(name, 'all_modules', nonlinearityFirst && nonlinearity !== 'none' ? 2 : 1)];
  const encoder = name.startsWith('encoder.') ? names.map((own) => `decoder.${own}`) : [];
  return [...names.slice(1), ...encoder];
}

/** The name in the list of a block's modules, where its convolution comes first and its norm at `normIndex`. */
function within(name: string, list: string, normIndex: number): string[] {
  const [, block, module, rest] = /^(.*)\.(conv|norm)\.(\w+)$/.exec(name) ?? [];
  return module === undefined ? [] : [`${block}.${list}.${module === 'conv' ? 0 : normIndex}.${rest}`];
}

/**
 * Returns the weights of a built-in architecture as PyTorch's `state_dict()` of v1's or v2's own class has them, which
 * `load_state_dict` wants complete: under all their names, and with the batch counts of batch norms (0, as they are not
 * used). Tensors under several names are the same.
 */
export function torchStateDict(description: ShippedNetwork, weights: Parameters): Map<string, StoredTensor> {
  const dictionary = new Map<string, StoredTensor>();
  const add = (name: string, tensor: StoredTensor) => {
    for (const key of [name, ...doubles[description.architecture](name, description)]) dictionary.set(key, tensor);
  };
  for (const [name, tensor] of weights) {
    add(name, tensor);
    if (name.endsWith('.running_var'))
      add(name.replace(/running_var$/, 'num_batches_tracked'), { data: BigInt64Array.of(0n), shape: [] });
  }
  return dictionary;
}
