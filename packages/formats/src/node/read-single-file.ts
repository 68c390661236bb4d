import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { volumeFromItk } from '../itk-image.ts';
import { readItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';
import { countTiffPages } from './tiff-pages.ts';

/**
 * Reads a TIFF file, one page a slice, at the position of its spacing file; the resolution that TIFF files give, of
 * printers and screens more often than not, is not looked at.
 */
export async function readTiff(path: string): Promise<Volume<TypedArray>> {
  const { geometry } = await readSpacing(path);
  const pages = await countTiffPages(path);
  const image = volumeFromItk(await readItk('tiff', path), path);
  if (image.shape[0] !== pages) {
    const what = `has ${pages} pages, of which ${image.shape[0]} can be read as slices of one image`;
    throw badImage(path, what, 'Export it again, all pages of the same size and type.');
  }
  return { ...image, ...geometry };
}
