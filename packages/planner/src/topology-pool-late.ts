import { NnUNetError } from '@nnunet/errors';
import { padded, type TopologyRule } from './topology.ts';

/**
 * Pools each axis as often as its patch allows, whatever the spacing; short axes are pooled only in the last steps. The
 * kernel is 1 along an axis within a factor of two of the coarsest spacing until all axes are. The rule of v1's first
 * planners (`get_pool_and_conv_props_poolLateV2`).
 *
 * Throws 'patch-too-small' if an edge is shorter than the smallest feature map.
 */
export const poolLate: TopologyRule = (spacing, patch, limits) => {
  const coarsest = Math.max(...spacing);
  const numPoolPerAxis = patch.map((edge) =>
    Math.min(Math.floor(Math.log(edge / limits.minFeatureMapEdge) / Math.log(2)), limits.maxPoolings),
  );
  if (Math.min(...numPoolPerAxis) < 0) {
    throw new NnUNetError('patch-too-small', {
      what: `a patch of ${patch.join(' x ')} has an edge shorter than ${limits.minFeatureMapEdge} voxels`,
      remedy: 'Choose a planner that pools by spacing, such as ExperimentPlanner3D_v21.',
    });
  }
  const steps = Math.max(...numPoolPerAxis);
  const poolKernels: number[][] = [];
  const convKernels: number[][] = [];
  let current = [...spacing];
  for (let step = 0; step < steps; step++) {
    const coarse = current.map((mm) => mm / coarsest > 0.5);
    const allCoarse = !coarse.includes(false);
    const pool = numPoolPerAxis.map((n) => (n + step >= steps ? 2 : 1));
    poolKernels.push(pool);
    convKernels.push(coarse.map((isCoarse) => (allCoarse || !isCoarse ? 3 : 1)));
    current = current.map((mm, axis) => mm * pool[axis]!);
  }
  convKernels.push(patch.map(() => 3));
  return { numPoolPerAxis, poolKernels, convKernels, ...padded(patch, numPoolPerAxis) };
};
