import { usageError } from '@nnunet/errors';
import { requirePositive } from '@nnunet/errors/internal';
import { roundHalfEven } from '@nnunet/tensor/internal';

/**
 * Returns the first voxels of the tiles along each axis: evenly spaced, so that the last tile ends at the image's end
 * and neighbours are at most `stepSize` of a patch apart.
 *
 * @param patchSize voxels per axis
 * @param imageSize voxels per axis, at least the patch size
 * @param stepSize distance between neighbouring tiles as a fraction of the patch, in (0, 1]
 * @returns ascending positions per axis
 * @throws 'usage' if the image is smaller than the patch or the step is out of range
 *
 * Origin: v1's `_compute_steps_for_sliding_window`; positions are rounded half to even.
 */
export function slidingWindowSteps(
  patchSize: readonly number[],
  imageSize: readonly number[],
  stepSize: number,
): number[][] {
  return slidingWindowCounts(patchSize, imageSize, stepSize).map((count, axis) => {
    if (count === 1) return [0];
    const distance = (imageSize[axis]! - patchSize[axis]!) / (count - 1);
    return Array.from({ length: count }, (_, i) => roundHalfEven(distance * i));
  });
}

/** Returns the number of tiles along each axis: see {@link slidingWindowSteps}. */
export function slidingWindowCounts(
  patchSize: readonly number[],
  imageSize: readonly number[],
  stepSize: number,
): number[] {
  requirePositive('stepSize', stepSize, 1);
  return patchSize.map((patch, axis) => {
    const size = imageSize[axis]!;
    if (size < patch)
      throw usageError({ what: `an image of ${size} voxels along axis ${axis} is smaller than the patch (${patch})` });
    return Math.ceil((size - patch) / (patch * stepSize)) + 1;
  });
}
