import { roundHalfEven } from '@nnunet/tensor/internal';

/** Ratio of the coarsest to the finest spacing above which an image counts as anisotropic. */
export const ANISOTROPY_THRESHOLD = 3;

/**
 * Returns the shape after resampling from `spacing` to `target` (mm, axes as in `shape`): the extent divided by the
 * target spacing, rounded.
 */
export function resampledShape(shape: readonly number[], spacing: readonly number[], target: readonly number[]) {
  return shape.map((n, axis) => roundHalfEven((spacing[axis]! / target[axis]!) * n));
}

/**
 * Returns the axis along which an image is resampled separately, or null for none: the coarsest axis of `spacing` if
 * that is anisotropic, else the coarsest axis of `target` if that is; never if two or three axes share the coarsest
 * spacing. `force` overrides the anisotropy test. From v1's preprocessing.py, resample_patient, and
 * segmentation_export.py, which applies the rule to the original spacing and the spacing after resampling.
 */
export function separateAxis(
  spacing: readonly number[],
  target: readonly number[],
  force: boolean | null = null,
): number | null {
  const coarse =
    force === null
      ? isAnisotropic(spacing)
        ? spacing
        : isAnisotropic(target)
          ? target
          : null
      : force
        ? spacing
        : null;
  if (coarse === null) return null;
  const axes = coarsestAxes(coarse);
  return axes.length === 1 ? axes[0]! : null;
}

function isAnisotropic(spacing: readonly number[]): boolean {
  return Math.max(...spacing) / Math.min(...spacing) > ANISOTROPY_THRESHOLD;
}

function coarsestAxes(spacing: readonly number[]): number[] {
  const coarsest = Math.max(...spacing);
  return spacing.flatMap((s, axis) => (coarsest / s === 1 ? [axis] : []));
}
