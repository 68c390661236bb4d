import { readFileBytes } from '@nnunet/tensor/node';
import type { LabelArray } from '../nifti-voxels.ts';
import { readNifti, readNiftiLabels } from '../read-nifti.ts';
import type { Volume } from '../volume.ts';
import { gunzipNode } from './gunzip-node.ts';

/**
 * Reads an image file as float32, scaled by its slope and intercept.
 *
 * @throws NnUNetError 'bad-nifti', 'missing-file', 'no-access', naming the file
 */
export async function readVolume(path: string): Promise<Volume<Float32Array>> {
  return readNifti(await readFileBytes(path), { where: path, inflate: gunzipNode });
}

/** Reads a label file: integers in the smallest array that holds them. Errors as {@link readVolume}. */
export async function readLabels(path: string): Promise<Volume<LabelArray>> {
  return readNiftiLabels(await readFileBytes(path), { where: path, inflate: gunzipNode });
}
