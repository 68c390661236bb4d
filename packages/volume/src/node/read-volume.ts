import { type FileHandle, open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { fileError, readFileBytes } from '@nnunet/tensor/node/internal';
import { finiteVolume } from '../finite-voxels.ts';
import { formatOf, type ImageFormat, type ImageFormats, type ImageHeader, shippedFormats } from '../formats.ts';
import { isGzip } from '../gunzip.ts';
import { type LabelArray, requireWholeLabels } from '../label-voxels.ts';
import type { ImageGeometry } from '../nifti-geometry.ts';
import { badNifti } from '../nifti-header.ts';
import { readNiftiGeometry } from '../read-nifti.ts';
import type { Volume } from '../volume.ts';
import { gunzipNode } from './gunzip-node.ts';

/** Number of bytes that certainly contain a file's header, even compressed. */
const START_BYTES = 16384;

/**
 * Reads an image file as float32, scaled by its slope and intercept. Non-finite voxels become 0 in every format;
 * `notFinite` counts them.
 *
 * @param formats supported formats. Default: NIfTI
 * @throws NnUNetError 'bad-nifti', 'missing-file', 'no-access', 'unknown-format', naming the file
 */
export async function readVolume(path: string, formats: ImageFormats = shippedFormats): Promise<Volume<Float32Array>> {
  const format = formatOf(path, formats);
  if (format.readPath) return finiteVolume(await format.readPath(path));
  const { read } = byBytes(format, path);
  return finiteVolume(await read.call(format, await readFileBytes(path), { where: path, inflate: gunzipNode }));
}

/**
 * Reads all channels of an image file as float32, in order: several of files that hold colours, otherwise one.
 *
 * @throws as {@link readVolume}
 */
export async function readChannels(
  path: string,
  formats: ImageFormats = shippedFormats,
): Promise<Volume<Float32Array>[]> {
  const format = formatOf(path, formats);
  if (!format.readChannelsPath) return [await readVolume(path, formats)];
  return (await format.readChannelsPath(path)).map(finiteVolume);
}

/**
 * Reads a label file as integers, in the smallest array that holds them. Values within 0.01 of an integer are rounded;
 * `rounded` counts them.
 *
 * @throws NnUNetError 'bad-labels' for other values, including NaN; otherwise as {@link readVolume}
 */
export async function readLabels(path: string, formats?: ImageFormats): Promise<Volume<LabelArray>> {
  const volume = await readLabelValues(path, formats);
  requireWholeLabels(volume.data, path);
  return volume;
}

/** Reads labels like {@link readLabels}, but returns all values as float32 if any is not an integer, for inspection. */
export async function readLabelValues(
  path: string,
  formats: ImageFormats = shippedFormats,
): Promise<Volume<LabelArray>> {
  const format = formatOf(path, formats);
  if (format.readLabelsPath) return format.readLabelsPath(path);
  if (format.readPath) return format.readPath(path);
  const { read, readLabels: readAsLabels } = byBytes(format, path);
  const bytes = await readFileBytes(path);
  return (readAsLabels ?? read).call(format, bytes, { where: path, inflate: gunzipNode });
}

/** Returns a format that reads bytes; throws for one that only writes. */
function byBytes(format: ImageFormat, path: string): ImageFormat & Required<Pick<ImageFormat, 'read'>> {
  if (format.read) return format as ImageFormat & Required<Pick<ImageFormat, 'read'>>;
  const remedy = 'Convert the image to NIfTI (.nii.gz).';
  throw new NnUNetError('unknown-format', {
    where: path,
    what: 'has a format that can be written but not read',
    remedy,
  });
}

/**
 * Reads the size and position of an image without its voxels. For NIfTI, only the start of the file is read, so missing
 * voxels go unnoticed.
 */
export async function readGeometry(path: string, formats: ImageFormats = shippedFormats): Promise<ImageGeometry> {
  if (!/\.nii(\.gz)?$/i.test(path)) {
    const { channels: _, ...geometry } = await readHeader(path, formats);
    return geometry;
  }
  const start = await readStart(path);
  if (!isGzip(start)) return readNiftiGeometry(start, path);
  try {
    // What is cut off is no error.
    return readNiftiGeometry(gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }), path);
  } catch (cause) {
    if (isNnUNetError(cause)) throw cause;
    throw badNifti(path, 'cannot be decompressed: its gzip data are damaged', undefined, cause);
  }
}

/** Reads what is known of an image without its voxels, as {@link readGeometry}, and how many channels the file holds. */
export async function readHeader(path: string, formats: ImageFormats = shippedFormats): Promise<ImageHeader> {
  if (/\.nii(\.gz)?$/i.test(path)) return { ...(await readGeometry(path)), channels: 1 };
  const { readHeaderPath } = formatOf(path, formats);
  if (readHeaderPath) return readHeaderPath(path);
  const [first, ...others] = await readChannels(path, formats);
  const { data: _, ...geometry } = first!;
  return { ...geometry, channels: 1 + others.length };
}

/** Paths of other files that an image is read from. */
export async function filesBeside(path: string, formats: ImageFormats): Promise<string[]> {
  return (await formatOf(path, formats).filesBeside?.(path)) ?? [];
}

async function readStart(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const bytes = new Uint8Array(START_BYTES);
    let length = 0;
    while (length < START_BYTES) {
      const { bytesRead } = await file.read(bytes, length, START_BYTES - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } catch (cause) {
    throw fileError(cause, path);
  } finally {
    await file?.close();
  }
}
