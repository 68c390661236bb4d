import type { NetworkDescription } from './network-description.ts';

/**
 * Returns the loss weights of a network's outputs, full resolution first: each half of the previous one, with sum 1.
 * The last is 0 (its head is not trained) unless `last` is set. A single output has weight 1.
 * Origin: v1's nnUNetTrainerV2.initialize; a residual encoder U-Net counts all outputs, because its plans list one more
 * pool.
 */
export function deepSupervisionWeights(outputs: number, { last = false }: { last?: boolean } = {}): number[] {
  if (outputs === 1) return [1];
  const weights = Array.from({ length: outputs }, (_, i) => (i < outputs - 1 || last ? 2 ** -i : 0));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
}

/** Returns the default loss weights of this network's outputs, full resolution first. */
export function outputWeights({ architecture }: NetworkDescription, outputs: number): number[] {
  return deepSupervisionWeights(outputs, { last: architecture === 'FabiansUNet' });
}
