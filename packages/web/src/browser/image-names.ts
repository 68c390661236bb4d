/** Ends of the names of image files; those of voxels beside a header are none. */
const IMAGE = /\.(nii(\.gz)?|nrrd|nhdr|mha|mhd)$/i;

/** Name of an image file without its end; null for other files. */
export function imageStem(name: string): string | null {
  return IMAGE.test(name) ? name.replace(IMAGE, '') : null;
}
