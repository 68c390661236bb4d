/**
 * Weights of the losses of a network's outputs, full resolution first: halved from each to the next, the last one 0 (its
 * head is not trained), of sum 1. A single output has weight 1. Origin: v1's nnUNetTrainerV2.initialize.
 */
export function deepSupervisionWeights(outputs: number): number[] {
  if (outputs === 1) return [1];
  const weights = Array.from({ length: outputs }, (_, i) => (i < outputs - 1 ? 2 ** -i : 0));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
}
