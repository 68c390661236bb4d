import { add, multiply } from '@nnunet/autodiff/operators';
import type { BatchSums, Loss } from './loss.ts';

/**
 * Several losses of the same targets added up, each with a weight.
 * @param parts at least one; those of weight 0 are not computed
 */
export function sumOfLosses(...parts: readonly (readonly [loss: Loss, weight: number])[]): Loss {
  const used = parts.filter(([, weight]) => weight !== 0);
  const prefix = (part: number) => `${part}.`;
  return {
    targetChannels: (classes) => used[0][0].targetChannels(classes),
    sums: (logits, target) =>
      Object.fromEntries(
        used.flatMap(([loss], part) =>
          Object.entries(loss.sums(logits, target)).map(([name, sum]) => [prefix(part) + name, sum]),
        ),
      ),
    value: (sums, count) =>
      used
        .map(([loss, weight], part) => {
          const own: BatchSums = Object.fromEntries(
            Object.entries(sums)
              .filter(([name]) => name.startsWith(prefix(part)))
              .map(([name, sum]) => [name.slice(prefix(part).length), sum]),
          );
          return multiply(loss.value(own, count), weight);
        })
        .reduce((a, b) => add(a, b)),
  };
}
