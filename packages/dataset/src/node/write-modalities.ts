import { copyAsOwn } from '@nnunet/tensor/node/internal';
import { splitNiftiFile } from '@nnunet/volume/node';
import { writeImageBytes } from '@nnunet/volume/node/internal';

/**
 * Writes an image as nnU-Net expects it, one file per modality: `<stem>_0000.nii.gz` and so on (v1's split_4d_nifti). A
 * 3D image is copied byte for byte; a 4D image is split along its slowest axis, preserving voxel type, spacing, origin
 * and direction. The image is read completely, so that damaged ones are detected.
 * @param target path without modality number and extension
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
