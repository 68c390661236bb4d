import { type NiftiReadOptions, readNiftiContent } from './nifti-bytes.ts';
import type { NiftiHeader } from './nifti-header.ts';

/**
 * Splits an image with several time steps (or channels) into uncompressed 3D NIfTI files, one per step in order. Type,
 * scaling and position are preserved bit for bit. A 3D image yields one file.
 *
 * @throws NnUNetError 'bad-nifti'
 */
export async function splitNifti4D(bytes: Uint8Array, options: NiftiReadOptions = {}): Promise<Uint8Array[]> {
  const { header, voxels } = await readNiftiContent(bytes, options);
  const head = headOfOneStep(header);
  const steps = header.size[3];
  const length = voxels.length / steps;
  return Array.from({ length: steps }, (_, t) => {
    const file = new Uint8Array(head.length + length);
    file.set(head);
    file.set(voxels.subarray(t * length, (t + 1) * length), head.length);
    return file;
  });
}

/** The header with three axes and no extension. */
function headOfOneStep({ bytes, littleEndian, size }: NiftiHeader): Uint8Array {
  const head = new Uint8Array(bytes.length + 4);
  head.set(bytes);
  const view = new DataView(head.buffer);
  [3, size[0], size[1], size[2], 1, 1, 1, 1].forEach((n, i) => {
    if (bytes.length === 348) view.setInt16(40 + 2 * i, n, littleEndian);
    else view.setBigInt64(16 + 8 * i, BigInt(n), littleEndian);
  });
  if (bytes.length === 348) view.setFloat32(108, 352, littleEndian);
  else view.setBigInt64(168, 544n, littleEndian);
  return head;
}
