import { NnUNetError } from '@nnunet/errors';
import type { AugmentationRecipe } from './recipe.ts';

/**
 * Writes the target of a training: labels, of which −1 becomes 0, or a binary channel per region.
 *
 * @throws NnUNetError 'bad-labels'
 */
export function writeTarget(seg: Float32Array, regions: AugmentationRecipe['regions'], target: Uint8Array): void {
  for (let i = 0; i < seg.length; i++) {
    const label = seg[i] === -1 ? 0 : seg[i]!;
    if (!(label >= 0 && label <= 255 && Number.isInteger(label))) {
      throw new NnUNetError('bad-labels', { what: `label ${label} is not a whole number from 0 to 255` });
    }
    if (regions === null) target[i] = label;
    else for (let r = 0; r < regions.length; r++) target[r * seg.length + i] = regions[r]!.includes(label) ? 1 : 0;
  }
}
