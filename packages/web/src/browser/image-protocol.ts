import type { GivenFile } from './given-files.ts';
import type { GivenImage } from './given-images.ts';

/** Asks for the voxels of an image that is no NIfTI file. */
export interface ReadRequest {
  kind: 'read';
  image: GivenImage;
  role: ImageRole;
}

/** Asks for the images in an archive; null if it holds none, as that of a model does. */
export interface UnpackRequest {
  kind: 'unpack';
  archive: GivenFile;
}

/** Asks for the series among the DICOM files of images. */
export interface ApartRequest {
  kind: 'apart';
  images: readonly GivenImage[];
}

/** Label maps keep their integers. */
export type ImageRole = 'image' | 'labels';

export type ImageRequest = ReadRequest | UnpackRequest | ApartRequest;
