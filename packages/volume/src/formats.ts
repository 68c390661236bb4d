import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import type { Inflate } from './gunzip.ts';
import type { LabelArray } from './label-voxels.ts';
import { readNifti, readNiftiLabels } from './read-nifti.ts';
import type { Volume } from './volume.ts';
import { writeNifti } from './write-nifti.ts';

export interface FormatReadOptions {
  /** File name for messages. */
  where: string;
  /** How gzip is inflated; the platform's way by default. */
  inflate?: Inflate;
}

/**
 * Reads and writes one kind of image file: either as bytes with `read`, or, where an image is more than one file, by its
 * path with `readPath`. Everything else may be missing.
 */
export interface ImageFormat {
  /** Ends of file names in lower case, with the dot: ['.nii', '.nii.gz']; '/' for folders that hold one image. */
  readonly extensions: readonly string[];
  /** Voxels as float32, in the units of the image. */
  read?(bytes: Uint8Array, options: FormatReadOptions): Promise<Volume<Float32Array>>;
  /** Labels; by default what `read` gives. */
  readLabels?(bytes: Uint8Array, options: FormatReadOptions): Promise<Volume<LabelArray>>;
  /** As `read`, by path. */
  readPath?(path: string): Promise<Volume<Float32Array>>;
  /** As `readLabels`, by path; by default what `readPath` gives. */
  readLabelsPath?(path: string): Promise<Volume<LabelArray>>;
  /** Uncompressed bytes; the caller compresses where the name ends in .gz. */
  write?(volume: Volume<TypedArray>): Uint8Array | Promise<Uint8Array>;
}

/** NIfTI-1 and NIfTI-2. */
const nifti = {
  extensions: ['.nii', '.nii.gz'],
  read: readNifti,
  readLabels: readNiftiLabels,
  write: writeNifti,
} satisfies ImageFormat;

const formats = new Map<string, ImageFormat>(nifti.extensions.map((extension) => [extension, nifti]));

/**
 * Adds a file format for names with its extensions.
 *
 * @throws NnUNetError 'usage' where another format has one of the extensions already
 */
export function registerFormat(format: ImageFormat): void {
  for (const extension of format.extensions) {
    if (!/^(\/|(\.[a-z0-9]+)+)$/.test(extension)) {
      const what = `"${extension}" is not a file extension in lower case with its dot`;
      throw new NnUNetError('usage', { what, remedy: "Write it like '.nrrd'." });
    }
    const other = formats.get(extension);
    if (other && other !== format) {
      const what = `a format for ${extension} is registered already`;
      throw new NnUNetError('usage', { what, remedy: 'Register each extension once.' });
    }
  }
  for (const extension of format.extensions) formats.set(extension, format);
}

/** Ends of the names of all images that can be read, '/' for folders. */
export function knownExtensions(): string[] {
  return [...formats.keys()];
}

/**
 * The format of a file by the longest extension that its name ends in.
 *
 * @throws NnUNetError 'unknown-format'
 */
export function formatOf(path: string): ImageFormat {
  const name = path.toLowerCase();
  const known = [...formats.keys()].sort((a, b) => b.length - a.length);
  const extension = known.find((end) => name.endsWith(end));
  if (extension) return formats.get(extension)!;
  const remedy = `Known are ${known.reverse().join(', ')}. Convert the image, or register a format for it.`;
  throw new NnUNetError('unknown-format', { where: path, what: 'is no image of a known format', remedy });
}
