import { counterRandom } from '@nnunet/tensor';
import type { BatchInput, NetworkGraph } from './network-graph.ts';

/**
 * Draws the factors of a step's dropouts: 0 with their probability p, otherwise 1 / (1 - p). They depend on seed and
 * step alone, so that a resumed training, and sessions that share a batch, draw the same ones.
 *
 * @param batch `size`: samples of the whole batch; `step`: number of steps before this one
 * @returns (samples, channels) each, by number of the dropout
 */
export function drawMasks(
  { inputs: { masks }, dropouts = [] }: Pick<NetworkGraph<BatchInput>, 'inputs' | 'dropouts'>,
  { size, seed, step }: { size: number; seed: number; step: number },
): Map<number, Float32Array> {
  return new Map(
    [...masks].map(([dropout, { shape }]) => {
      const random = counterRandom(seed, 'dropout', step, dropout);
      const probability = dropouts[dropout] ?? 0;
      const factors = new Float32Array(size * shape[1]!).map(() =>
        random.chance(probability) ? 0 : 1 / (1 - probability),
      );
      return [dropout, factors];
    }),
  );
}
