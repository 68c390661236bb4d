import { NnUNetError } from '@nnunet/errors';
import { countValues } from './voxel-check.ts';

/** Number of values shown in a message. */
const SHOWN = 8;

/**
 * Throws if a label map contains undeclared values. The loss would silently ignore them; v1 fails with an assertion on
 * the GPU.
 *
 * @param where the file or case to name
 * @throws NnUNetError 'undeclared-labels' with the values and their voxel counts
 */
export function requireDeclaredLabels(data: ArrayLike<number>, declared: Iterable<number>, where: string): void {
  const allowed = new Set(declared);
  const strange = [...countValues(data)].filter(([value]) => !allowed.has(value)).sort((a, b) => a[0] - b[0]);
  if (strange.length > 0) throw undeclaredLabels(strange, where);
}

/** Creates the error for values and their voxel counts. */
export function undeclaredLabels(strange: Iterable<readonly [number, number]>, where: string): NnUNetError {
  return new NnUNetError('undeclared-labels', {
    what: `contains values that dataset.json does not declare: ${valuesInWords([...strange])}`,
    where,
    remedy: 'Declare them in "labels" of dataset.json, or correct the label map.',
  });
}

/** Formats values as `3 (12 voxels), 4 (1 voxel)`, at most eight. */
export function valuesInWords(values: readonly (readonly [number, number])[]): string {
  const shown = values.slice(0, SHOWN).map(([value, count]) => `${value} (${count} voxel${count === 1 ? '' : 's'})`);
  return `${shown.join(', ')}${values.length > SHOWN ? ` and ${values.length - SHOWN} more` : ''}`;
}
