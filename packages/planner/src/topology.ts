/** The pooling and kernels of a U-Net for a given patch and spacing. Lists start at full resolution. */
export interface Topology {
  numPoolPerAxis: number[];
  /** One entry per pooling step; 1 along axes that are not pooled. */
  poolKernels: number[][];
  /** One entry per resolution, i.e. one more than pooling steps. */
  convKernels: number[][];
  /** The patch padded to a multiple of `divisors`, voxels. */
  patch: number[];
  /** 2 to the power of the number of poolings, per axis. */
  divisors: number[];
}

export interface TopologyLimits {
  /** Smallest edge of the bottleneck feature map, voxels. */
  minFeatureMapEdge: number;
  maxPoolings: number;
}

/** A rule that derives poolings and kernels from the patch (voxels) and spacing (mm), both in network order. */
export type TopologyRule = (spacing: readonly number[], patch: readonly number[], limits: TopologyLimits) => Topology;

/**
 * Pools an axis only while its spacing is within a factor of two of the finest, so that all axes approach the same
 * spacing before they are pooled together. Kernels are 1 along an axis whose neighbours are still too far apart.
 *
 * The finest spacing is taken over all axes, including those too short to be pooled. Pooling can therefore stop early,
 * as in v1 (`experiment_planning/common_utils.py: get_pool_and_conv_props`).
 */
export const poolBySpacing: TopologyRule = (spacing, patch, limits) => {
  const current = [...spacing];
  const size = [...patch];
  const numPoolPerAxis = patch.map(() => 0);
  const poolKernels: number[][] = [];
  const convKernels: number[][] = [];
  for (;;) {
    const finest = Math.min(...current);
    const pooled = current.map(
      (c, axis) =>
        c / finest < 2 && size[axis]! >= 2 * limits.minFeatureMapEdge && numPoolPerAxis[axis]! < limits.maxPoolings,
    );
    if (!pooled.includes(true)) break;
    convKernels.push(kernelOf(current));
    poolKernels.push(pooled.map((pool) => (pool ? 2 : 1)));
    for (let axis = 0; axis < size.length; axis++) {
      if (!pooled[axis]) continue;
      numPoolPerAxis[axis]! += 1;
      current[axis]! *= 2;
      size[axis] = Math.ceil(size[axis]! / 2);
    }
  }
  convKernels.push(patch.map(() => 3));
  return { numPoolPerAxis, poolKernels, convKernels, ...padded(patch, numPoolPerAxis) };
};

/** 3 along the largest group of axes whose spacings are within a factor of two of each other; 1 along the others. */
function kernelOf(spacing: readonly number[]): number[] {
  let largest: number[] = [];
  for (const own of spacing) {
    const partners = spacing.flatMap((other, axis) => (other / own < 2 && own / other < 2 ? [axis] : []));
    if (partners.length > largest.length) largest = partners;
  }
  return spacing.map((_, axis) => (largest.includes(axis) ? 3 : 1));
}

/** Pads the patch so that each axis can be halved as often as it is pooled. */
export function padded(
  patch: readonly number[],
  numPoolPerAxis: readonly number[],
): { patch: number[]; divisors: number[] } {
  const divisors = numPoolPerAxis.map((n) => 2 ** n);
  return { patch: patch.map((edge, axis) => Math.ceil(edge / divisors[axis]!) * divisors[axis]!), divisors };
}
