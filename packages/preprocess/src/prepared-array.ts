import { NnUNetError } from '@nnunet/errors';

/** A case before and after resampling, in network axis order. */
export interface Resampling {
  shape: readonly number[];
  /** mm */
  spacing: readonly number[];
  newShape: readonly number[];
  newSpacing: readonly number[];
}

/**
 * Allocates the array of a prepared case, filled with zeros.
 *
 * @param id named in error messages
 * @throws NnUNetError 'bad-case' if resampling leaves no voxels along an axis, or too many voxels for an array
 */
export function preparedArray(channels: number, resampling: Resampling, id: string): Float32Array {
  const voxels = resampling.newShape.reduce((a, b) => a * b, 1);
  if (voxels === 0)
    throw unsuitable(id, resampling, 'too thin', 'Remove the case, or plan with a finer target spacing.');
  try {
    return new Float32Array(channels * voxels);
  } catch {
    const remedy = 'Correct the spacing in the header of the image if it is wrong, or remove the case.';
    throw unsuitable(id, resampling, 'too large', remedy);
  }
}

function unsuitable(where: string, resampling: Resampling, how: string, remedy: string): NnUNetError {
  const { shape, newShape } = resampling;
  const [spacing, newSpacing] = [resampling.spacing, resampling.newSpacing].map(
    (steps) => `${steps.map((mm) => Number(mm.toPrecision(6))).join(' x ')} mm`,
  );
  return new NnUNetError('bad-case', {
    what: `is ${how} for these plans: ${shape.join(' x ')} voxels at ${spacing} become ${newShape.join(' x ')} at ${newSpacing} (axes in network order)`,
    where,
    remedy,
  });
}
