import { NnUNetError } from '@nnunet/errors';
import type { DatasetV2 } from '@nnunet/schema';

/** v2's classes that read images, with the file endings for which v2 tries them first. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  NaturalImage2DIO: ['.png', '.bmp', '.tif'],
  SimpleITKIO: ['.nii.gz', '.nrrd', '.mha', '.gipl'],
  Tiff3DIO: ['.tiff'],
  NibabelIO: ['.nii'],
  NibabelIOWithReorient: [],
  SimpleITKIOWithReorient: [],
};

/** v2's classes, by name. */
export const IMAGE_READERS_V2: readonly string[] = Object.keys(READERS);

/**
 * Returns the name of v2's class that reads a dataset's images: the one that dataset.json names, or else the one for the
 * file ending.
 * Origin: v2's imageio/reader_writer_registry.py.
 *
 * @param where dataset.json, for error messages
 * @throws NnUNetError 'unsupported-reader' for an ending that v2 cannot read
 */
export function imageReaderV2(
  { imageReader, fileEnding }: Pick<DatasetV2, 'imageReader' | 'fileEnding'>,
  where: string,
): string {
  if (imageReader !== null && IMAGE_READERS_V2.includes(imageReader)) return imageReader;
  const found = IMAGE_READERS_V2.find((name) => READERS[name]!.includes(fileEnding.toLowerCase()));
  if (found !== undefined) return found;
  throw new NnUNetError('unsupported-reader', {
    what: `nnU-Net v2 has no reader for images that end in "${fileEnding}"`,
    where,
    remedy: 'Convert the images, for example to .nii.gz, and correct "file_ending".',
  });
}
