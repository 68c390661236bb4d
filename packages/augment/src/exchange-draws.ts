import type { CounterRandom } from '@nnunet/tensor';
import type { QuarterTurns } from './axis-exchange.ts';

/** How many turns, in the plane of which two of the axes. */
export function drawQuarterTurns(random: CounterRandom, { axes }: { axes: readonly number[] }): QuarterTurns {
  const count = random.integer(4);
  const [a, b] = [...random.permutation(axes.length).slice(0, 2)].sort() as [number, number];
  return { axes: [axes[a]!, axes[b]!], count };
}

/** Axis that comes to the place of each of `count` axes, of which these may change places. */
export function drawTransposition(
  random: CounterRandom,
  { axes }: { axes: readonly number[] },
  count: number,
): number[] {
  const from = Array.from({ length: count }, (_, d) => d);
  const order = random.permutation(axes.length);
  axes.forEach((axis, i) => {
    from[axis] = axes[order[i]!]!;
  });
  return from;
}
