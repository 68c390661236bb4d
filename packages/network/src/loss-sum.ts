import { add, multiply } from '@nnunet/autodiff/operators';
import type { Loss } from './loss.ts';

/**
 * Adds several losses of the same targets, each with a weight.
 *
 * @param parts at least one; those of weight 0 are not computed
 */
export function sumOfLosses(...parts: readonly (readonly [loss: Loss, weight: number])[]): Loss {
  const used = parts.filter(([, weight]) => weight !== 0);
  const [first] = used[0]!;
  const nameOf = (part: number, sum: string) => `${part}.${sum}`;
  return {
    targetChannels: (classes) => first.targetChannels(classes),
    ...(first.annotated && { annotated: (target) => first.annotated!(target) }),
    sums: (logits, target) =>
      Object.fromEntries(
        used.flatMap(([loss], part) =>
          Object.entries(loss.sums(logits, target)).map(([name, sum]) => [nameOf(part, name), sum]),
        ),
      ),
    value: (sums, count) =>
      used
        .map(([loss, weight], part) => {
          // The part's own sums, under its own names.
          const prefix = nameOf(part, '');
          const own = Object.fromEntries(
            Object.entries(sums).flatMap(([name, sum]) =>
              name.startsWith(prefix) ? [[name.slice(prefix.length), sum]] : [],
            ),
          );
          return multiply(loss.value(own, count), weight);
        })
        .reduce((a, b) => add(a, b)),
  };
}
