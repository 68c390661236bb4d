import { readFile } from 'node:fs/promises';
import { formatPythonJson, PythonFloat } from '@nnunet/schema/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ImageFormat, ImageHeader, Volume } from '@nnunet/volume';
import { labelArray } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { manyValues } from '../raw-layout.ts';
import { floatVoxels } from '../stored-voxels.ts';
import { requireDirectories, stackIn } from '../tiff-page.ts';
import { encodeTiff } from './encode-tiff.ts';
import { labelBytes } from './label-bytes.ts';
import { readTiffNumbers, tiffAxes } from './natural-tiff.ts';
import { readSpacing } from './spacing-beside.ts';
import { type TiffFile, tiffPages } from './tiff-pages.ts';

/**
 * 3D images of the reader Tiff3DIO of nnU-Net v2: TIFF with one page per slice, and the spacing beside it in
 * `<case>.json`. Label maps are written with such a file.
 * Origin: v2's imageio/tif_reader_writer.py.
 */
export const tiffStacks: ImageFormat = {
  extensions: ['.tif', '.tiff'],
  readPath: read,
  async readLabelsPath(path) {
    const { data: values, ...volume } = await read(path);
    const { data, rounded } = labelArray(values);
    return { ...volume, data, ...(rounded > 0 && { rounded }) };
  },
  async readHeaderPath(path) {
    return headerOf(path, await tiffPages(path));
  },
  async filesBeside(path) {
    const { file } = await readSpacing(path);
    return file === null ? [] : [file];
  },
  write: ({ data, shape }) => encodeTiff({ data: labelBytes(data), shape }, { deflate: true }),
  writeBeside: (path, { spacing }) => writeSpacing(path.replace(/\.tiff?$/i, '.json'), spacing),
};

async function read(path: string): Promise<Volume> {
  const file = await tiffPages(path);
  const { channels: _, ...geometry } = await headerOf(path, file);
  return { ...geometry, data: floatVoxels(await readTiffNumbers(path, file)) };
}

async function headerOf(path: string, file: TiffFile): Promise<ImageHeader> {
  const [first] = file.pages;
  if (first === undefined) throw badImage(path, 'holds no pages', 'Copy or export it again.');
  const { channels, frames, slices, images } = stackIn(first.description);
  // tifffile writes stacks of three or four planes as colours that are stored apart.
  const apart = first.samples > 1 && first.planar && file.pages.length === 1;
  if (first.samples > 1 && !apart) throw manyValues(first.samples, 'colours', path);
  if ([channels, frames, slices].filter((count) => count > 1).length > 1) {
    const what = `holds ${channels} channels, ${frames} time steps and ${slices} slices, not one stack`;
    throw badImage(path, what, 'Store each channel and each time step as a separate image.');
  }
  if (!apart) requireDirectories(images, file.pages.length, path);
  if (tiffAxes(file) !== 3) {
    const remedy =
      'For 2D images, let the files end in .tif, or write "overwrite_image_reader_writer": "NaturalImage2DIO" in dataset.json.';
    throw badImage(path, 'is a 2D image, not a stack of slices', remedy);
  }
  const { geometry } = await readSpacing(path);
  return { ...geometry, shape: [apart ? first.samples : file.pages.length, first.rows, first.columns], channels: 1 };
}

/** Writes the spacing as v2 does. What else such a file says, as that of a prediction with probabilities, is kept. */
async function writeSpacing(file: string, spacing: readonly number[]): Promise<void> {
  const existing = await readFile(file, 'utf8').then(
    (text) => Object(JSON.parse(text)) as Record<string, unknown>,
    () => ({}),
  );
  if (JSON.stringify((existing as { spacing?: unknown }).spacing) === JSON.stringify(spacing)) return;
  const numbers = spacing.map((mm) => new PythonFloat(mm));
  await writeFileAtomic(file, formatPythonJson({ ...existing, spacing: numbers }));
}
