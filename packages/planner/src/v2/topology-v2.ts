import { padded } from '../topology.ts';

/** The strides and kernels of a network of v2 for a given patch. Lists start at full resolution. */
export interface TopologyV2 {
  /** One entry per stage; the first is 1 along every axis. */
  strides: number[][];
  /** One entry per stage. */
  kernels: number[][];
  /** The patch padded to a multiple of `divisors`, voxels. */
  patch: number[];
  /** Product of the strides, per axis. */
  divisors: number[];
}

/** Smallest edge of the bottleneck, voxels. */
const MIN_EDGE = 4;

/**
 * Derives strides and kernels from the spacing (mm) and the patch (voxels), both in network order. An axis is halved
 * while its spacing is within a factor of two of the finest axis that can still be halved. Kernels become 3 along an
 * axis once its spacing is within that factor of the finest of all axes, and stay so.
 * Origin: v2's experiment_planners/network_topology.py get_pool_and_conv_props.
 */
export function topologyV2(spacing: readonly number[], patch: readonly number[]): TopologyV2 {
  const current = [...spacing];
  const size = [...patch];
  const halvings = patch.map(() => 0);
  const kernel = patch.map(() => 1);
  const strides = [patch.map(() => 1)];
  const kernels: number[][] = [];
  for (;;) {
    const long = size.flatMap((edge, axis) => (edge >= 2 * MIN_EDGE ? [axis] : []));
    const finest = Math.min(...long.map((axis) => current[axis]!));
    const halved = long.filter((axis) => current[axis]! / finest < 2);
    // A single axis is halved only if it is long.
    if (halved.length === 0 || (halved.length === 1 && size[halved[0]!]! < 3 * MIN_EDGE)) break;
    const finestOfAll = Math.min(...current);
    for (let axis = 0; axis < kernel.length; axis++) if (current[axis]! / finestOfAll < 2) kernel[axis] = 3;
    kernels.push([...kernel]);
    strides.push(patch.map((_, axis) => (halved.includes(axis) ? 2 : 1)));
    for (const axis of halved) {
      halvings[axis]! += 1;
      current[axis]! *= 2;
      size[axis] = Math.ceil(size[axis]! / 2);
    }
  }
  kernels.push(patch.map(() => 3));
  return { strides, kernels, ...padded(patch, halvings) };
}
