import { indexOfLargest, perAxis, percentile } from './percentile.ts';

export interface AnisotropyRule {
  /** How many times coarser than the others, and how many times fewer voxels, an axis must have. */
  threshold: number;
  /** Percentile of the spacings that replaces the median on such an axis. */
  percentile: number;
  /** Whether that axis must have fewer voxels than all other axes, or than one of them. */
  thinnerThan: 'all' | 'one';
  /** Keeps the replacement from becoming much finer than the coarsest other spacing; both in mm. */
  bound(replacement: number, coarsestOther: number): number;
}

/** The rule of the default planners of v1 and v2. */
export const COARSE_AND_THIN: AnisotropyRule = {
  threshold: 3,
  percentile: 10,
  thinnerThan: 'all',
  bound: (replacement, coarsestOther) => (replacement < coarsestOther ? coarsestOther + 1e-5 : replacement),
};

/**
 * Returns a percentile (50: median) of the spacings per axis, in mm and in the given axis order. From v1's
 * `ExperimentPlanner.get_target_spacing`.
 */
export function percentileSpacing(spacings: readonly (readonly number[])[], q: number): number[] {
  return perAxis(spacings, (column) => percentile(column, q));
}

/**
 * Returns the median spacing, with a finer value on a coarse axis. If an axis is more than `threshold` times coarser
 * than both others and has fewer voxels by the same factor, resampling to its median would blur the finer cases along
 * it. A low percentile is taken instead, but none much finer than the other axes.
 *
 * `spacings` in mm and `sizes` in voxels, per case, in the same axis order. From v1's
 * `ExperimentPlanner3D_v21.get_target_spacing`.
 */
export function anisotropicTargetSpacing(
  spacings: readonly (readonly number[])[],
  sizes: readonly (readonly number[])[],
  q: number,
  rule: AnisotropyRule,
): number[] {
  const target = percentileSpacing(spacings, q);
  const size = perAxis(sizes, (column) => percentile(column, q));
  const worst = indexOfLargest(target);
  const coarsestOther = Math.max(...target.filter((_, axis) => axis !== worst));
  const otherSizes = size.filter((_, axis) => axis !== worst);
  const coarse = target[worst]! > rule.threshold * coarsestOther;
  const thin =
    size[worst]! * rule.threshold < (rule.thinnerThan === 'all' ? Math.min(...otherSizes) : Math.max(...otherSizes));
  if (!coarse || !thin) return target;

  const column = spacings.map((spacing) => spacing[worst]!);
  target[worst] = rule.bound(percentile(column, rule.percentile), coarsestOther);
  return target;
}
