import { NnUNetError } from '@nnunet/errors';
import { bytesInWords } from '@nnunet/errors/internal';
import { decodeDicomSeries, decodeRawImage, floatVoxels } from '@nnunet/formats/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Volume } from '@nnunet/volume';
import { finiteVolume, labelArray, requireWholeLabels } from '@nnunet/volume/internal';
import type { GivenImage } from './given-images.ts';
import type { ImageRole } from './image-protocol.ts';

/** Limit on the bytes of an image as it is stored, or of an archive: about what a tab can also prepare. */
export const MAX_BYTES = 2 ** 30;

/**
 * Reads an NRRD or MetaImage file or a DICOM series, as `readVolume` and `readLabels` of Node do.
 *
 * @throws NnUNetError 'bad-image', 'missing-file', 'memory-limit', 'bad-labels'
 */
export async function readGivenImage(image: GivenImage, role: ImageRole): Promise<Volume<TypedArray>> {
  const volume = await stored(image);
  if (role === 'image') return finiteVolume({ ...volume, data: floatVoxels(volume.data) });
  const { data, rounded } = labelArray(volume.data);
  const labels = { ...volume, data, ...(rounded > 0 && { rounded }) };
  requireWholeLabels(labels.data, image.name);
  return labels;
}

async function stored({ name, kind, files }: GivenImage): Promise<Volume<TypedArray>> {
  const total = (kind === 'dicom' ? files : files.slice(0, 1)).reduce((sum, { file }) => sum + file.size, 0);
  requireFitting(name, total);
  if (kind === 'dicom') {
    const slices = [];
    for (const { file } of files) slices.push({ name: file.name, bytes: await bytesOf(file) });
    return decodeDicomSeries(slices, name);
  }
  if (kind === 'nifti') throw new Error(`${name} is a NIfTI file`);
  const [{ file }, ...beside] = files as [(typeof files)[0], ...typeof files];
  const named = (wanted: string): File => {
    const found = beside.find(({ file }) => file.name === wanted.replace(/^\.\//, ''))?.file;
    if (found !== undefined) return found;
    throw new NnUNetError('missing-file', {
      what: 'is missing: it holds the voxels',
      where: wanted,
      remedy: `Give it together with ${name}.`,
    });
  };
  return decodeRawImage(kind, await bytesOf(file), name, {
    bytesOf: (wanted) => {
      requireFitting(wanted, named(wanted).size);
      return bytesOf(named(wanted));
    },
    sizeOf: async (wanted) => named(wanted).size,
    nameOf: (wanted) => wanted,
    unpack,
    maxBytes: MAX_BYTES,
  });
}

/** @throws NnUNetError 'memory-limit' */
export function requireFitting(where: string, bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  const what = `has ${bytesInWords(bytes)}, but ${bytesInWords(MAX_BYTES)} are allowed`;
  throw new NnUNetError('memory-limit', { where, what, remedy: 'Predict it with nnUNet_predict.' });
}

async function bytesOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new NnUNetError('missing-file', {
      what: 'cannot be read',
      where: file.name,
      remedy: 'Choose it again.',
      cause,
    });
  }
}

/** Decompresses gzip or zlib data with what the browser has. */
async function* unpack(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const kind = bytes[0] === 0x1f && bytes[1] === 0x8b ? 'gzip' : 'deflate';
  const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = packed.pipeThrough(new DecompressionStream(kind)).getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
