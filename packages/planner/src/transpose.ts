import { indexOfLargest } from './percentile.ts';

export interface Transpose {
  /** Network axis i is image axis forward[i]. */
  forward: number[];
  /** Image axis i is network axis backward[i]. */
  backward: number[];
}

/**
 * Moves the axis with the coarsest target spacing to the front and keeps the order of the others (v1:
 * `plan_experiment`).
 */
export function chooseTranspose(targetSpacing: readonly number[]): Transpose {
  const worst = indexOfLargest(targetSpacing);
  const forward = [worst, ...targetSpacing.map((_, axis) => axis).filter((axis) => axis !== worst)];
  return { forward, backward: forward.map((_, axis) => forward.indexOf(axis)) };
}

/** Reorders one value per axis: out[i] = values[order[i]]. */
export function reorder<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.map((axis) => values[axis]!);
}
