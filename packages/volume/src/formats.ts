import { NnUNetError, Registry } from '@nnunet/errors';
import { recognition } from '@nnunet/errors/internal';
import type { TypedArray } from '@nnunet/tensor';
import type { Inflate } from './gunzip.ts';
import type { LabelArray } from './label-voxels.ts';
import type { ImageGeometry } from './nifti-geometry.ts';
import { readNifti, readNiftiLabels } from './read-nifti.ts';
import type { Volume } from './volume.ts';
import { writeNifti } from './write-nifti.ts';

/** Position and size of an image, and how many channels its file holds. */
export interface ImageHeader extends ImageGeometry {
  readonly channels: number;
}

export interface FormatReadOptions {
  /** File name for error messages. */
  where: string;
  /** How to decompress gzip. Default: the platform's DecompressionStream. */
  inflate?: Inflate;
}

/**
 * Reads and writes one kind of image file: from bytes with `read` or, if an image consists of several files, from its
 * path with `readPath`. All other methods are optional.
 */
export interface ImageFormat {
  /** Lower-case file name extensions with the dot: ['.nii', '.nii.gz']; '/' for folders that contain one image. */
  readonly extensions: readonly string[];
  /** Reads voxels as float32, in the image's units. */
  read?(bytes: Uint8Array, options: FormatReadOptions): Promise<Volume<Float32Array>>;
  /** Reads labels. Default: the result of `read`. */
  readLabels?(bytes: Uint8Array, options: FormatReadOptions): Promise<Volume<LabelArray>>;
  /** Like `read`, from a path. */
  readPath?(path: string): Promise<Volume<Float32Array>>;
  /** Like `readLabels`, from a path. Default: the result of `readPath`. */
  readLabelsPath?(path: string): Promise<Volume<LabelArray>>;
  /** Reads every channel of a file that may hold several, such as colours. Default: the result of `readPath` or `read`. */
  readChannelsPath?(path: string): Promise<Volume<Float32Array>[]>;
  /** Reads what is known without the voxels. Default: the whole image, of one channel. */
  readHeaderPath?(path: string): Promise<ImageHeader>;
  /** Paths of other existing files that an image is read from, such as one with its spacing. Default: none. */
  filesBeside?(path: string): Promise<string[]>;
  /** Returns uncompressed bytes; the caller compresses them if the name ends in .gz. */
  write?(volume: Volume<TypedArray>): Uint8Array | Promise<Uint8Array>;
  /** Writes what belongs beside the file, before it: an image that is there is whole. */
  writeBeside?(path: string, volume: Volume<TypedArray>): Promise<void>;
}

/** NIfTI-1 and NIfTI-2. */
const nifti = {
  extensions: ['.nii', '.nii.gz'],
  read: readNifti,
  readLabels: readNiftiLabels,
  write: writeNifti,
} satisfies ImageFormat;

const form = {
  classes: false,
  objectsWith: 'extensions',
  methods: ['read', 'readPath', 'write'],
  some: true,
} as const;

/** The shipped formats by file name extension: NIfTI. `with(format)` adds your own. */
export const shippedFormats = new Registry<ImageFormat>(
  { noun: 'format', unknown: 'unknown-format', ...recognition(form), namesOf: extensionsOf },
  Object.fromEntries(nifti.extensions.map((extension) => [extension, nifti])),
);

/** A registry of image formats: the shipped ones and your own. */
export type ImageFormats = typeof shippedFormats;

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
