import { NnUNetError, Registry } from '@nnunet/errors';
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

/** The shipped formats by the ends of file names: NIfTI's. With `with(format)` yours is found beside them. */
export const shippedFormats = new Registry<ImageFormat>(
  { noun: 'format', unknown: 'unknown-format', accepts: isFormat, namesOf: extensionsOf },
  Object.fromEntries(nifti.extensions.map((extension) => [extension, nifti])),
);

/** What image formats are found in: the shipped ones, and yours. */
export type ImageFormats = typeof shippedFormats;

function isFormat(value: unknown): boolean {
  const { extensions, read, readPath, write } = (value ?? {}) as Partial<ImageFormat>;
  return Array.isArray(extensions) && [read, readPath, write].some((method) => typeof method === 'function');
}

/** @throws NnUNetError 'usage' for what no end of a file name is */
function extensionsOf({ extensions }: ImageFormat): readonly string[] {
  const bad = extensions.find((extension) => !/^(\/|(\.[a-z0-9]+)+)$/.test(extension));
  if (bad === undefined) return extensions;
  const what = `"${bad}" is not a lower-case file extension with a dot`;
  throw new NnUNetError('usage', { what, remedy: "Write it as in '.nrrd'." });
}

/**
 * The format of a file by the longest extension that its name ends in.
 *
 * @throws NnUNetError 'unknown-format'
 */
export function formatOf(path: string, formats: ImageFormats): ImageFormat {
  const name = path.toLowerCase();
  const known = formats.names().sort((a, b) => b.length - a.length);
  const extension = known.find((end) => name.endsWith(end));
  if (extension) return formats.get(extension);
  const remedy = `Available: ${known.reverse().join(', ')}. Convert the image, or add a format for it.`;
  throw new NnUNetError('unknown-format', { where: path, what: 'is not an image of a supported format', remedy });
}
