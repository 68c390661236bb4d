import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import type { ImageFormat, Volume } from '@nnunet/volume';
import { labelArray } from '@nnunet/volume/internal';
import { itkFromVolume } from '../itk-image.ts';
import { floatVoxels } from '../stored-voxels.ts';
import { readSliceFolder, slicesIn } from './read-folder.ts';
import { readGipl } from './read-gipl.ts';
import { readRawImage } from './read-raw-image.ts';
import { readTiff } from './read-tiff.ts';
import { type ItkWriter, writeItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';

type Read = (path: string) => Promise<Volume<TypedArray>>;

/** The reader for each kind of image, by file name extension; '/' for folders. */
const readers: readonly { extensions: readonly string[]; read: Read; writer?: ItkWriter }[] = [
  { extensions: ['.nrrd'], read: (path) => readRawImage('nrrd', path), writer: 'nrrd' },
  { extensions: ['.mha'], read: (path) => readRawImage('meta', path), writer: 'meta' },
  { extensions: ['.gipl'], read: readGipl, writer: 'gipl' },
  { extensions: ['.nhdr'], read: (path) => readRawImage('nrrd', path) },
  { extensions: ['.mhd'], read: (path) => readRawImage('meta', path) },
  { extensions: ['.tif', '.tiff'], read: readTiff },
  { extensions: ['/'], read: readSliceFolder },
];

/**
 * The formats of this package. Pass `shippedFormats.with(...imageFormats)` to `readVolume` and `readLabels` of
 * `@nnunet/volume` to read them, and to `writeVolume` to write .nrrd and .mha. Paths of folders end in '/'.
 */
export const imageFormats: readonly ImageFormat[] = readers.map(({ extensions, read, writer }) => ({
  extensions,
  readPath: async (path) => {
    const volume = await read(path);
    return { ...volume, data: floatVoxels(volume.data) };
  },
  readLabelsPath: async (path) => {
    const volume = await read(path);
    const { data, rounded } = labelArray(volume.data);
    return { ...volume, data, ...(rounded > 0 && { rounded }) };
  },
  ...(writer ? { write: (volume) => bytesOf(volume, writer, extensions[0]!) } : {}),
}));

/**
 * Reads an image, choosing the format by its name, with voxels in their stored type. Paths of folders end in '/'.
 *
 * @throws NnUNetError 'bad-image', 'missing-file', 'no-access', 'unknown-format', naming the file
 */
export async function readImage(path: string): Promise<Volume<TypedArray>> {
  const name = path.toLowerCase();
  const reader = readers.find(({ extensions }) => extensions.some((end) => name.endsWith(end)));
  if (reader) return reader.read(path);
  const remedy = `Supported formats are ${readers.flatMap(({ extensions }) => extensions).join(', ')}.`;
  throw new NnUNetError('unknown-format', { where: path, what: 'has an unsupported format', remedy });
}

async function bytesOf(volume: Volume<TypedArray>, writer: ItkWriter, extension: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'nnunet-formats-'));
  try {
    const path = join(folder, `image${extension}`);
    await writeItk(writer, itkFromVolume(volume), path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Notice for an image without a spacing, neither of its own nor in a spacing file (TIFF, PNG), for which 1 mm is
 * assumed; otherwise null.
 */
export async function spacingNotice(path: string): Promise<string | null> {
  const folder = path.endsWith('/');
  if (folder ? (await slicesIn(path))?.kind !== 'png' : !/\.tiff?$/i.test(path)) return null;
  if ((await readSpacing(path)).file !== null) return null;
  const name = folder ? 'spacing.json in it' : `${path.replace(/\.tiff?$/i, '')}.json`;
  return `${path} has no spacing; 1 x 1 x 1 mm is assumed. To specify it, write {"spacing": [z, y, x]} in mm to ${name}.`;
}
