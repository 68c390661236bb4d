import { imageReaderV2 } from '@nnunet/dataset';
import { isNnUNetError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import { ownReaderV2 } from '@nnunet/preprocess/internal';
import type { DatasetV2 } from '@nnunet/schema';
import { copyFileAtomic } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { filesBeside } from '@nnunet/volume/node/internal';
import { formatsBeside, formatsToRead, loadImageFormats } from '../image-formats.ts';

/**
 * Returns the formats needed to read images as one of v2's readers does: NaturalImage2DIO and Tiff3DIO read the same
 * files in ways of their own.
 *
 * @throws NnUNetError 'missing-package'
 */
export async function formatsOfReader(
  reader: string,
  paths: readonly string[],
  known: ImageFormats,
): Promise<ImageFormats> {
  const own = ownReaderV2(reader);
  if (own === null) return formatsToRead(paths, known);
  const { readerFormats } = await loadImageFormats(paths[0] ?? reader, known);
  return formatsBeside(known, readerFormats[own]!);
}

/**
 * Returns the name of v2's class that reads a dataset's images: see `imageReaderV2`. Without a name in dataset.json, TIFF
 * files are 2D images if the first of them is one, and else stacks of slices.
 * Origin: v2's imageio/reader_writer_registry.py.
 *
 * @param firstImage of the first case; undefined if there is none
 * @throws NnUNetError 'unsupported-reader', 'missing-package'
 */
export async function readerOfDataset(
  { imageReader, fileEnding }: Pick<DatasetV2, 'imageReader' | 'fileEnding'>,
  where: string,
  { firstImage, known }: { firstImage: string | undefined; known: ImageFormats },
): Promise<string> {
  const reader = imageReaderV2({ imageReader, fileEnding }, where);
  if (reader === imageReader || reader !== 'NaturalImage2DIO' || firstImage === undefined) return reader;
  if (fileEnding.toLowerCase() !== '.tif') return reader;
  const { readerFormats } = await loadImageFormats(firstImage, known);
  const canRead = async (name: string) => {
    const format = readerFormats[name]!.find(({ extensions }) => extensions.includes('.tif'))!;
    return format.readHeaderPath!(firstImage).then(
      () => true,
      (error: unknown) => {
        if (isNnUNetError(error)) return false;
        throw error;
      },
    );
  };
  return !(await canRead(reader)) && (await canRead('Tiff3DIO')) ? 'Tiff3DIO' : reader;
}

/** Returns the formats needed to read label maps about which nothing else is known, all like the first of them. */
export async function formatsOfLabels(paths: readonly string[], known: ImageFormats): Promise<ImageFormats> {
  const [first = ''] = paths;
  const fileEnding = /\.(tiff?|png|bmp)$/i.exec(first)?.[0];
  if (fileEnding === undefined) return formatsToRead(paths, known);
  const reader = await readerOfDataset({ imageReader: null, fileEnding }, first, { firstImage: first, known });
  return formatsOfReader(reader, paths, known);
}

/** Notices about stacks that have no spacing beside them, for which 1 mm is assumed: the first, and how many others. */
export async function spacingNotices(reader: string, paths: readonly string[], known: ImageFormats): Promise<string[]> {
  if (reader !== 'Tiff3DIO' || paths.length === 0) return [];
  const { spacingNotice } = await loadImageFormats(paths[0]!, known);
  const notices: string[] = [];
  for (const path of paths) notices.push(...[await spacingNotice(path)].filter((notice) => notice !== null));
  const others = notices.length - 1;
  return others > 0 ? [notices[0]!, `The same holds for ${counted(others, 'other file')}.`] : notices;
}

/**
 * Copies an image or label map after the files beside it, which take its new name.
 *
 * @returns the paths written
 */
export async function copyImage(from: string, to: string, formats: ImageFormats): Promise<string[]> {
  const written: string[] = [];
  const stem = (path: string) => path.replace(/\.[^./\\]*$/, '');
  for (const path of await filesBeside(from, formats)) {
    const copy = stem(to) + path.slice(stem(path).length);
    await copyFileAtomic(path, copy);
    written.push(copy);
  }
  await copyFileAtomic(from, to);
  return [...written, to];
}
