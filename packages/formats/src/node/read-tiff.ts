import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { volumeFromItk } from '../itk-image.ts';
import { manyValues } from '../raw-layout.ts';
import { greyType, requireAlike, requireSlicesAlone } from '../tiff-page.ts';
import { PACKINGS } from '../tiff-unpack.ts';
import { readItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';
import { tiffPages } from './tiff-pages.ts';
import { readTiffVoxels } from './tiff-voxels.ts';

/**
 * Reads a TIFF file with one page per slice, positioned by its spacing file. The resolution stored in TIFF files is
 * ignored: it usually refers to printers and screens. Greyscale pages in strips or tiles are read here; other
 * compressions (such as JPEG) and smaller bit depths by ITK, which takes tiles for colours.
 *
 * @throws NnUNetError 'bad-image', 'missing-file'
 */
export async function readTiff(path: string): Promise<Volume<TypedArray>> {
  const { geometry } = await readSpacing(path);
  const file = await tiffPages(path);
  const [first] = file.pages;
  if (first === undefined) throw badImage(path, 'holds no pages', 'Copy or export it again.');
  requireSlicesAlone(first.description, file.pages.length, path);
  if (first.samples > 1) throw manyValues(first.samples, first.photometric === 2 ? 'colours' : 'samples', path);
  const type = greyType(first);
  const shape = [file.pages.length, first.rows, first.columns] as const;
  requireAlike(file.pages, path);
  if (type !== null && file.pages.every(({ compression }) => PACKINGS[compression] !== undefined)) {
    return { ...geometry, shape, data: await readTiffVoxels(path, file, type) };
  }
  if (first.tiled) {
    const what = `is tiled, with an unsupported compression or colour format (compression ${first.compression})`;
    throw badImage(path, what, 'Export it in strips, or with deflate or LZW compression.');
  }
  const image = volumeFromItk(await readItk('tiff', path), path);
  if (image.shape[0] !== file.pages.length) {
    const what = `has ${file.pages.length} pages, of which ${image.shape[0]} can be read as slices of one image`;
    throw badImage(path, what, 'Export it again, all pages of the same size and type.');
  }
  return { ...image, ...geometry };
}
