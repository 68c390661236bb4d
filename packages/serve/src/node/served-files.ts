import type { ImageKind } from './image-kind.ts';

/** Which image files a model takes, and in what its label maps are sent. */
export interface ServedFiles {
  /** Kinds of images, by their content. */
  kinds: readonly ImageKind[];
  /** Kinds of images in words. */
  inWords: string;
  /** Whether a file may hold several channels. */
  severalPerFile: boolean;
  /** Ends of the names of image files, for a page that lets people choose them. */
  imageEndings: readonly string[];
  /** In what a label map may be sent, by the end of its name without the first dot; the usual one first. */
  labelFormats: readonly string[];
}

const PLACED: ServedFiles = {
  kinds: ['.nii', '.nii.gz', '.nrrd', '.mha', '.tif', 'zip', 'DICOM'],
  inWords: 'NIfTI, NRRD (.nrrd), MetaImage (.mha), TIFF, or the slices of a DICOM series in a zip archive',
  severalPerFile: false,
  imageEndings: ['.nii', '.gz', '.nrrd', '.mha', '.tif', '.tiff', '.zip', '.dcm'],
  labelFormats: ['nii.gz', 'nii', 'nrrd', 'mha'],
};

/** Of v2's classes that read files in ways of their own. */
const OWN: Readonly<Record<string, ServedFiles>> = {
  NaturalImage2DIO: {
    kinds: ['.png', '.bmp', '.tif'],
    inWords: '2D images (PNG, BMP or TIFF)',
    severalPerFile: true,
    imageEndings: ['.png', '.bmp', '.tif', '.tiff'],
    labelFormats: ['png', 'tif', 'nii.gz'],
  },
  Tiff3DIO: {
    kinds: ['.tif'],
    inWords: 'a stack of slices (TIFF)',
    severalPerFile: false,
    imageEndings: ['.tif', '.tiff'],
    labelFormats: ['tif', 'nii.gz'],
  },
};

/**
 * Returns the files of a model.
 *
 * @param reader v2's class that reads its images: NaturalImage2DIO (2D images) and Tiff3DIO (stacks of slices) do so in ways
 *   of their own; null for models of v1
 * @param ending of its data set, with the dot
 */
export function servedFiles(reader: string | null, ending: string): ServedFiles {
  const own = reader === null ? undefined : OWN[reader];
  if (own === undefined) return PLACED;
  return { ...own, labelFormats: [...new Set([ending.slice(1), ...own.labelFormats])] };
}
