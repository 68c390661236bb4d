import type { ImageFormat } from '@nnunet/volume';
import { naturalImages } from './natural-image.ts';
import { tiffStacks } from './tiff-stack.ts';

/**
 * The formats as nnU-Net v2's readers NaturalImage2DIO and Tiff3DIO read and write them, by the name of the reader. The
 * same file may be another image to each.
 */
export const readerFormats: Readonly<Record<string, readonly ImageFormat[]>> = {
  NaturalImage2DIO: naturalImages,
  Tiff3DIO: [tiffStacks],
};
