import { badImage } from '../bad-image.ts';
import type { PixelHeader, Planes } from '../pixels.ts';
import { floatVoxels } from '../stored-voxels.ts';
import { requireAlike, sampleType, type TiffPage } from '../tiff-page.ts';
import { PACKINGS } from '../tiff-unpack.ts';
import { type TiffFile, tiffPages } from './tiff-pages.ts';
import { readTiffBits, readTiffVoxels } from './tiff-voxels.ts';

const copy = 'Copy or export it again.';
/** Values of `photometric` up to a palette: the numbers are grey values, colours, or as they are. */
const PALETTE = 3;

/**
 * Reads the size and the number of channels of a TIFF file as a 2D image: one page in grey or in colours, or three or
 * four pages of one channel each.
 *
 * @throws NnUNetError 'bad-image' for other files, such as stacks of slices
 */
export async function naturalTiffHeader(path: string): Promise<PixelHeader> {
  return headerOf(await tiffPages(path), path);
}

/**
 * Reads a TIFF file as a 2D image. Numbers are as they are stored, also where white is 0, and indices of a palette.
 *
 * @throws NnUNetError 'bad-image'
 */
export async function readNaturalTiff(path: string): Promise<Planes> {
  const file = await tiffPages(path);
  const header = headerOf(file, path);
  const data = floatVoxels(await readTiffNumbers(path, file));
  const { channels, rows, columns } = header;
  const size = rows * columns;
  const [{ samples, planar }] = file.pages as [TiffPage];
  if (samples === 1 || planar)
    return { ...header, planes: Array.from({ length: channels }, (_, c) => data.slice(c * size, (c + 1) * size)) };
  const planes = Array.from({ length: channels }, (_, c) => {
    const plane = new Float32Array(size);
    for (let i = 0; i < size; i++) plane[i] = data[i * channels + c]!;
    return plane;
  });
  return { ...header, planes };
}

/**
 * Reads the numbers of pages that are alike: see `readTiffVoxels`.
 *
 * @throws NnUNetError 'bad-image' for compressions and types that are not supported
 */
export async function readTiffNumbers(path: string, file: TiffFile) {
  const [first] = file.pages as [TiffPage];
  requireAlike(file.pages, path);
  const other = file.pages.find(({ compression }) => PACKINGS[compression] === undefined);
  if (other !== undefined) {
    const what = `has a compression that is not supported (${other.compression})`;
    throw badImage(path, what, 'Export it with deflate or LZW compression, or uncompressed.');
  }
  if (first.bits.join() === '1' && first.samples === 1) return readTiffBits(path, file);
  const type = sampleType(first);
  if (type !== null && first.photometric <= PALETTE) return readTiffVoxels(path, file, type);
  const what = `has numbers of a kind that is not supported (${first.bits.join()} bits, photometric ${first.photometric})`;
  throw badImage(path, what, 'Export it with 8, 16 or 32 bits in grey or RGB.');
}

/** Number of axes of the array that tifffile reads: pages, y, x, samples. */
export function tiffAxes({ pages }: TiffFile): number {
  const { samples, description } = pages[0]!;
  return 2 + Number(pages.length > 1 || isStackOfOne(description)) + Number(samples > 1);
}

/** tifffile notes the shape that an array had: [1, 7, 9] for a stack of one slice. */
function isStackOfOne(description: string): boolean {
  const [, shape] = /^\{"shape": ?\[([\d, ]+)\]/.exec(description) ?? [];
  return shape !== undefined && shape.split(',').length === 3 && Number.parseInt(shape, 10) === 1;
}

function headerOf(file: TiffFile, path: string): PixelHeader {
  const { pages } = file;
  const [first] = pages;
  if (first === undefined) throw badImage(path, 'holds no pages', copy);
  const { rows, columns, samples } = first;
  const axes = tiffAxes(file);
  if (axes === 2) return { rows, columns, channels: 1 };
  const channels = axes === 3 ? Math.max(samples, pages.length) : 0;
  if (channels === 3 || channels === 4) return { rows, columns, channels };
  const what =
    samples > 1
      ? `holds ${pages.length > 1 ? `${pages.length} pages of ` : ''}${samples} numbers per pixel`
      : `is a stack of ${pages.length} ${pages.length === 1 ? 'slice' : 'slices'}`;
  const remedy =
    samples > 1
      ? 'Store one number per pixel, one file per channel, or three (RGB) or four.'
      : 'For 3D images, write "overwrite_image_reader_writer": "Tiff3DIO" in dataset.json.';
  throw badImage(path, `${what}, no 2D image in grey, RGB or RGBA`, remedy);
}
