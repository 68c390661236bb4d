import { NnUNetError } from '@nnunet/errors';
import { firstNotFinite } from '@nnunet/tensor/internal';

/**
 * Throws if a prepared case contains NaN or infinity, which would silently spread through the network.
 *
 * @param shape (channels, z, y, x)
 * @throws NnUNetError 'not-finite', naming the case and the channel
 */
export function requireFinite(data: Float32Array, shape: readonly number[], id: string): void {
  const at = firstNotFinite(data);
  if (at < 0) return;
  const channel = Math.floor(at / (data.length / shape[0]!));
  throw new NnUNetError('not-finite', {
    what: `the preprocessed image of modality ${channel} contains ${data[at]}`,
    where: id,
    remedy:
      'Check the voxels of this image; they may be far too large, or all the same. For CT, check the statistics in intensityproperties.json.',
  });
}
