import type { CounterRandom } from '@nnunet/tensor';

/** With a lowest value below 1: half of the draws below 1, half above; else uniform (spec: augment §4). */
export function mixed(random: CounterRandom, [low, high]: readonly [number, number]): number {
  if (random.uniform() < 0.5 && low < 1) return random.uniformBetween(low, 1);
  return random.uniformBetween(Math.max(low, 1), high);
}
