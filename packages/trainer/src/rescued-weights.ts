import type { WeightMap } from '@nnunet/inference';
import { initialiseWeights, type NetworkDescription } from '@nnunet/network';

/**
 * Weights of a network that has learnt nothing, for another try: all convolutions and transposed convolutions drawn anew,
 * their biases 0; the parameters of the norms are kept.
 *
 * Origin: v1's `nnUNetTrainerV2.on_epoch_end`, which applies its initialisation to the convolutions again.
 */
export function rescuedWeights(weights: WeightMap, network: NetworkDescription, seed: number): WeightMap {
  const fresh = initialiseWeights(network, seed);
  return new Map([...weights].map(([name, kept]) => [name, name.includes('.instnorm.') ? kept : fresh.get(name)!]));
}
