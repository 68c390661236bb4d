import { copyAsOwn } from '@nnunet/tensor/node/internal';
import { splitNiftiFile } from '@nnunet/volume/node';
import { writeImageBytes } from '@nnunet/volume/node/internal';

/**
 * Writes an image as nnU-Net wants it, one file a modality, `<stem>_0000.nii.gz` and on (v1's split_4d_nifti): a 3D
 * image is copied byte for byte, a 4D image split along its slowest axis with voxel type, spacing, origin and direction
 * kept. The image is read to its end, so that a damaged one is not passed on.
 * @param target path without number and ending
 * @returns number of files written
 * @throws NnUNetError 'bad-nifti', 'missing-file', 'disk-full', …
 */
export async function writeModalities(source: string, target: string): Promise<number> {
  const parts = await splitNiftiFile(source);
  if (parts.length === 1) {
    await copyAsOwn(source, `${target}_0000.nii.gz`);
    return 1;
  }
  for (const [t, part] of parts.entries()) {
    await writeImageBytes(`${target}_${String(t).padStart(4, '0')}.nii.gz`, part);
  }
  return parts.length;
}
