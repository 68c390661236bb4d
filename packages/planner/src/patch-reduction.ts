import { NnUNetError } from '@nnunet/errors';
import type { Topology } from './topology.ts';

export interface PatchReduction {
  /** The topology to start from. */
  start: Topology;
  /** Per axis; the axis with the largest weight is cut next, the last one of equal ones. */
  weigh(patch: readonly number[]): number[];
  /** Largest memory estimate allowed. */
  limit: number;
  /** Memory estimate of `start`. */
  estimate: number;
  topologyOf(patch: readonly number[]): Topology;
  estimateOf(topology: Topology): number;
}

/**
 * Shrinks a patch until its memory estimate meets the limit: each time the axis that weighs most (by default, that covers
 * most of the median case) loses one step of its divisor, taken from the topology of the already smaller patch. Growing
 * back to a multiple of the new divisors is part of each step (v1: `get_properties_for_stage`).
 *
 * Throws 'memory-target-too-small' where no patch is small enough.
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
