import { roundHalfEven } from '@nnunet/tensor/internal';
import { product } from '../percentile.ts';
import { type TopologyV2, topologyV2 } from './topology-v2.ts';

/** A patch of the volume of 256 x 256 x 256 voxels (2048 x 2048 in 2D), as cubic in mm as the images allow. */
export function firstPatch(spacing: readonly number[], shape: readonly number[]): number[] {
  const inverse = spacing.map((mm) => 1 / mm);
  const axes = spacing.length;
  const scale = ((axes === 3 ? 256 ** 3 : 2048 ** 2) / product(inverse)) ** (1 / axes);
  return inverse.map((value, axis) => Math.min(roundHalfEven(value * scale), shape[axis]!));
}

/**
 * Reduces the patch along the axis that is largest relative to the median shape, the last if several are. By the
 * divisor of the reduced patch: reducing may make a pooling impossible.
 */
export function reduced(
  { patch, divisors }: TopologyV2,
  spacing: readonly number[],
  shape: readonly number[],
): TopologyV2 {
  let axis = 0;
  for (let i = 1; i < patch.length; i++) if (patch[i]! / shape[i]! >= patch[axis]! / shape[axis]!) axis = i;
  const less = (by: number) => patch.map((edge, i) => (i === axis ? edge - by : edge));
  const trial = topologyV2(spacing, less(divisors[axis]!));
  return topologyV2(spacing, less(trial.divisors[axis]!));
}
