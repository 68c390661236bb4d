/** Ends of the names of image files. */
const IMAGE = /\.nii(\.gz)?$/i;

/** For the fields in which images are chosen. */
export const ACCEPTED_IMAGES = '.nii,.gz';

/** Name of an image file without its end; null for other files. */
export function imageStem(name: string): string | null {
  return IMAGE.test(name) ? name.replace(IMAGE, '') : null;
}
