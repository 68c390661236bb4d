import type { LabelArray } from './label-voxels.ts';
import { type NiftiReadOptions, readNiftiContent } from './nifti-bytes.ts';
import { geometryOf, type ImageGeometry } from './nifti-geometry.ts';
import { badNifti, type NiftiHeader, parseNiftiHeader } from './nifti-header.ts';
import { imageVoxels, labelVoxels } from './nifti-voxels.ts';
import type { Volume } from './volume.ts';

/**
 * Reads a 3D NIfTI image (.nii or .nii.gz, version 1 or 2) as float32, scaled by its slope and intercept. Non-finite
 * voxels become 0, as in v1's reader; `notFinite` counts them.
 *
 * @throws NnUNetError 'bad-nifti', also for images with several time steps
 */
export async function readNifti(bytes: Uint8Array, options: NiftiReadOptions = {}): Promise<Volume<Float32Array>> {
  const { header, voxels } = await readNiftiContent(bytes, options);
  const geometry = spatialGeometry(header, options);
  const { data, notFinite } = imageVoxels(voxels, header);
  return { ...geometry, data, ...(notFinite > 0 && { notFinite }) };
}

/**
 * Reads a NIfTI label map, in the smallest array that holds the labels, whatever type they are stored as. Values within
 * 0.01 of an integer are rounded; `rounded` counts them. If other values remain, all are returned as a Float32Array.
 *
 * @throws NnUNetError 'bad-nifti'
 */
export async function readNiftiLabels(bytes: Uint8Array, options: NiftiReadOptions = {}): Promise<Volume<LabelArray>> {
  const { header, voxels } = await readNiftiContent(bytes, options);
  const geometry = spatialGeometry(header, options);
  const { data, rounded } = labelVoxels(voxels, header);
  return { ...geometry, data, ...(rounded > 0 && { rounded }) };
}

function spatialGeometry(header: NiftiHeader, { where = 'NIfTI data' }: NiftiReadOptions): ImageGeometry {
  if (header.size[3] > 1) {
    const remedy = 'Split it into one file per channel, for example with nnUNet_convert_decathlon_task.';
    throw badNifti(where, `has four axes: ${header.size[3]} images of ${header.size.slice(0, 3).join(' x ')}`, remedy);
  }
  return geometryOf(header, where);
}

/**
 * Reads the geometry from the first bytes of a NIfTI file, already decompressed; 544 bytes are enough. The voxels are
 * not needed.
 *
 * @throws NnUNetError 'bad-nifti'
 */
export function readNiftiGeometry(bytes: Uint8Array, where = 'NIfTI data'): ImageGeometry {
  return spatialGeometry(parseNiftiHeader(bytes, where), { where });
}
