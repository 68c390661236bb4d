import type { NetworkDescription } from './network-description.ts';

/**
 * Weights of the losses of a network's outputs, full resolution first: halved from each to the next, of sum 1. The last is
 * 0 (its head is not trained) unless `last` says that it counts too. A single output has weight 1.
 * Origin: v1's nnUNetTrainerV2.initialize; a residual encoder U-Net counts all outputs, for its plans list one pool more.
 */
export function deepSupervisionWeights(outputs: number, { last = false }: { last?: boolean } = {}): number[] {
  if (outputs === 1) return [1];
  const weights = Array.from({ length: outputs }, (_, i) => (i < outputs - 1 || last ? 2 ** -i : 0));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
}

/** Weights of the losses of this network's outputs, full resolution first, where a trainer sets none. */
export function outputWeights({ architecture }: NetworkDescription, outputs: number): number[] {
  return deepSupervisionWeights(outputs, { last: architecture === 'FabiansUNet' });
}
