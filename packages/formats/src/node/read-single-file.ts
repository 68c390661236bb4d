import { copyFile, lstat, mkdtemp, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { TypedArray } from '@nnunet/tensor';
import { fileError } from '@nnunet/tensor/node';
import type { Volume } from '@nnunet/volume';
import { badImage } from '../bad-image.ts';
import { type ItkImage, volumeFromItk } from '../itk-image.ts';
import { detachedFiles } from './detached-data.ts';
import { type ItkReader, readItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';
import { countTiffPages } from './tiff-pages.ts';

/** Reads .nrrd and .mha files, voxels in the type that they are stored in. */
export async function readOneFile(reader: ItkReader, path: string): Promise<Volume<TypedArray>> {
  return volumeFromItk(await readItk(reader, path), path);
}

/**
 * Reads a header with its voxels in files beside it (.nhdr, .mhd).
 *
 * @throws NnUNetError 'bad-image', 'missing-file' naming the file that is not there
 */
export async function readHeaderAndData(reader: 'meta' | 'nrrd', path: string): Promise<Volume<TypedArray>> {
  const names = [basename(path), ...(await detachedFiles(path))];
  const folder = dirname(path);
  const links = await Promise.all(names.map(async (name) => (await lstat(join(folder, name))).isSymbolicLink()));
  if (!links.includes(true)) return volumeFromItk(await readItk(reader, path), path);
  return volumeFromItk(await readCopies(reader, folder, names), path);
}

/** Reads files that are links into other folders, which WebAssembly does not see. */
async function readCopies(reader: ItkReader, folder: string, names: readonly string[]): Promise<ItkImage> {
  const copies = await mkdtemp(join(tmpdir(), 'nnunet-formats-'));
  try {
    for (const name of names) {
      const source = join(folder, name);
      await copyFile(source, join(copies, name)).catch(async (cause) => {
        throw fileError(cause, await readlink(source).catch(() => source));
      });
    }
    return await readItk(reader, join(copies, names[0]), join(folder, names[0]));
  } finally {
    await rm(copies, { recursive: true, force: true });
  }
}

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
