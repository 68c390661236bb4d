/** Ends of the names of image files that the optional package `@nnunet/formats` reads; known without it. */
export const OPTIONAL_EXTENSIONS = ['.nrrd', '.nhdr', '.mha', '.mhd', '.gipl', '.tif', '.tiff'] as const;
