import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';

/**
 * Returns labels as nnU-Net v2 stores them: 8 bits if all are below 255, otherwise 16.
 *
 * @throws NnUNetError 'bad-labels' for labels that are negative or beyond 65535
 */
export function labelBytes(data: TypedArray): Uint8Array | Uint16Array {
  let most = 0;
  for (const label of data as Iterable<number | bigint>) {
    if (label < 0 || label > 65535) {
      const what = `label ${label} is not between 0 and 65535, as label maps of 2D images and TIFF stacks must be`;
      throw new NnUNetError('bad-labels', { what, remedy: 'Renumber the labels, or store them in another format.' });
    }
    if (label > most) most = Number(label);
  }
  if (data instanceof Uint8Array && most < 255) return data;
  const labels = most < 255 ? new Uint8Array(data.length) : new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) labels[i] = Number(data[i]);
  return labels;
}
