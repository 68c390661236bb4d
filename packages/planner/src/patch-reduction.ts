import { NnUNetError } from '@nnunet/errors';
import type { Topology } from './topology.ts';

export interface PatchReduction {
  /** The initial topology. */
  start: Topology;
  /** Weight per axis. The axis with the largest weight is reduced next; on a tie, the last one. */
  weigh(patch: readonly number[]): number[];
  /** Upper limit of the memory estimate. */
  limit: number;
  /** Memory estimate of `start`. */
  estimate: number;
  topologyOf(patch: readonly number[]): Topology;
  estimateOf(topology: Topology): number;
}

/**
 * Reduces a patch until its memory estimate meets the limit. In each step, the axis with the largest weight (by
 * default, the one along which the patch covers most of the median case) shrinks by its divisor, taken from the
 * topology of the reduced patch, and the patch is padded to a multiple of the new divisors (v1:
 * `get_properties_for_stage`).
 *
 * Throws 'memory-target-too-small' if no patch is small enough.
 */
export function reducePatch(reduction: PatchReduction): { topology: Topology; estimate: number } {
  const { weigh, limit, topologyOf, estimateOf } = reduction;
  let topology = reduction.start;
  let estimate = reduction.estimate;
  while (estimate > limit) {
    const axis = lastLargest(weigh(topology.patch));
    const smaller = [...topology.patch];
    smaller[axis]! -= topology.divisors[axis]!;
    if (smaller[axis]! < 1) throw tooSmall(topology.patch);
    const { divisors } = topologyOf(smaller);
    smaller[axis] = topology.patch[axis]! - divisors[axis]!;
    topology = topologyOf(smaller);
    estimate = estimateOf(topology);
  }
  return { topology, estimate };
}

function lastLargest(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! >= values[best]!) best = i;
  return best;
}

function tooSmall(patch: readonly number[]): NnUNetError {
  return new NnUNetError('memory-target-too-small', {
    what: `no patch fits the memory target; the smallest tried was ${patch.join(' x ')}`,
    remedy: 'Raise the GPU memory target or lower the number of modalities and labels.',
  });
}
