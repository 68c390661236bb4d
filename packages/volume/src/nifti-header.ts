import { NnUNetError } from '@nnunet/errors';
import type { Dtype } from '@nnunet/tensor';
import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { type StoredType, widthOf } from './stored-types.ts';

const damaged = 'The file is damaged or incomplete. Copy or export it again.';

/** Creates a 'bad-nifti' error with a remedy that suits a damaged file. */
export function badNifti(where: string, what: string, remedy = damaged, cause?: unknown): NnUNetError {
  return new NnUNetError('bad-nifti', { where, what, remedy, cause });
}

/** Voxel type of a NIfTI file. Tensors have no uint64 array, so it is only ever read as float32. */
export interface Pixel {
  readonly code: number;
  readonly dtype: StoredType;
  readonly bytes: number;
}

const codes: Readonly<Record<StoredType, number>> = {
  uint8: 2,
  int16: 4,
  int32: 8,
  float32: 16,
  float64: 64,
  int8: 256,
  uint16: 512,
  uint32: 768,
  int64: 1024,
  uint64: 1280,
};
const pixels = (Object.entries(codes) as [StoredType, number][]).map(
  ([dtype, code]): Pixel => ({ code, dtype, bytes: widthOf(dtype) }),
);

const others: Readonly<Record<number, string>> = {
  1: 'single bits',
  32: 'complex numbers',
  128: 'RGB colours',
  1536: '128-bit numbers',
  1792: 'complex numbers',
  2048: 'complex numbers',
  2304: 'RGBA colours',
};

/** Returns the type for a NIfTI data type code. Throws 'bad-nifti' for colours, complex numbers and unknown codes. */
export function pixelOf(code: number, where: string): Pixel {
  const pixel = pixels.find((p) => p.code === code);
  if (pixel) return pixel;
  const remedy = 'Store it with one integer or floating-point number per voxel, one file per channel.';
  throw badNifti(where, `has voxels of ${others[code] ?? `unknown data type ${code}`}`, remedy);
}

/** Returns the file's voxel type for an array type. */
export function pixelFor(dtype: Dtype): Pixel {
  const pixel = pixels.find((p) => p.dtype === dtype);
  if (!pixel) throw new TypeError(`NIfTI files cannot hold ${dtype}`);
  return pixel;
}

/** Contents of a NIfTI header, checked as far as possible without the voxels. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Sizes (x, y, z, t); z and t are 1 if the file has fewer axes. */
  readonly size: readonly [number, number, number, number];
  readonly pixel: Pixel;
  /** pixdim[0] to pixdim[3]: qfac, then mm (or other units) between voxels along x, y, z. */
  readonly pixdim: readonly [number, number, number, number];
  readonly units: number;
  readonly slope: number;
  readonly intercept: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: readonly [number, number, number];
  readonly qoffset: readonly [number, number, number];
  /** Rows of the sform. */
  readonly srow: Affine;
  /** Bytes before the first voxel. */
  readonly voxelOffset: number;
  /** The bytes of the header itself: 348 or 540. */
  readonly bytes: Uint8Array;
}

/** A 3×4 matrix, row-major, that maps voxel (x, y, z) to world. */
export type Affine = readonly [...Row, ...Row, ...Row];
type Row = [number, number, number, number];

/** Large enough for any header. */
export const NIFTI_HEAD_BYTES = 544;

/**
 * Parses a NIfTI-1 or NIfTI-2 header of either byte order.
 *
 * @param bytes - the first bytes of the file, decompressed; {@link NIFTI_HEAD_BYTES} are enough
 * @param where - file name for error messages
 * @throws NnUNetError 'bad-nifti' if it is not a NIfTI file, is a pair of .hdr and .img, has an impossible size, or has
 *   voxels with more than one number (RGB, complex)
 */
export function parseNiftiHeader(bytes: Uint8Array, where: string): NiftiHeader {
  const version = versionOf(bytes, where);
  const length = version === 1 ? 348 : 540;
  if (bytes.length < length) throw badNifti(where, `ends within its header: ${bytes.length} of ${length} bytes`);
  const own = new Uint8Array(bytes.subarray(0, length));
  const parsed = version === 1 ? new NIFTI1() : new NIFTI2();
  try {
    // Only the header: extensions are not needed, and their sizes cannot be trusted.
    parsed.readHeader(own.buffer);
  } catch (cause) {
    throw badNifti(where, 'has an unreadable header', undefined, cause);
  }
  const view = new DataView(own.buffer);
  const { littleEndian } = parsed;
  return {
    version,
    littleEndian,
    size: sizeFrom(parsed.dims, where),
    pixel: pixelOf(parsed.datatypeCode, where),
    pixdim: parsed.pixDims.slice(0, 4) as [number, number, number, number],
    units: parsed.xyzt_units & 7,
    slope: parsed.scl_slope,
    intercept: parsed.scl_inter,
    qformCode: parsed.qform_code,
    sformCode: parsed.sform_code,
    quaternion: [parsed.quatern_b, parsed.quatern_c, parsed.quatern_d],
    qoffset: [parsed.qoffset_x, parsed.qoffset_y, parsed.qoffset_z],
    srow: Array.from({ length: 12 }, (_, i) =>
      version === 1 ? view.getFloat32(280 + 4 * i, littleEndian) : view.getFloat64(400 + 8 * i, littleEndian),
    ) as unknown as Affine,
    voxelOffset: offsetFrom(parsed.vox_offset, version, where),
    bytes: own,
  };
}

function versionOf(bytes: Uint8Array, where: string): 1 | 2 {
  const remedy =
    'Copy or export it again. A file of another format must have the extension of that format, such as .mha.';
  if (bytes.length < 348) throw badNifti(where, `has ${bytes.length} bytes, too few for a NIfTI image`, remedy);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = [view.getInt32(0, true), view.getInt32(0, false)];
  const version = size.includes(348) ? 1 : size.includes(540) ? 2 : undefined;
  const at = version === 2 ? 4 : 344;
  const magic = String.fromCharCode(...bytes.subarray(at, at + 3));
  if (version && magic === `n+${version}`) return version;
  if (version && magic === `ni${version}`) {
    const what = 'is one of a pair of .hdr and .img files';
    throw badNifti(where, what, 'Convert the pair to a single .nii.gz file.');
  }
  if (version === 1 && /^\0/.test(magic)) throw badNifti(where, 'is an Analyze image, not NIfTI', remedy);
  throw badNifti(where, 'is not a NIfTI image', remedy);
}

function sizeFrom(dims: readonly number[], where: string): [number, number, number, number] {
  const [rank = 0] = dims;
  const text = `(${dims.slice(1, rank >= 1 && rank <= 7 ? rank + 1 : 8).join(', ')})`;
  if (!Number.isInteger(rank) || rank < 1 || rank > 7) throw badNifti(where, `has ${rank} axes, which is impossible`);
  // As in ITK and nifti_io: some scanner software sets axes beyond the first to 0.
  const sizes = dims.slice(1, rank + 1).map((n, axis) => (axis > 0 && n <= 0 ? 1 : n));
  if (!sizes.every((n) => Number.isSafeInteger(n) && n >= 1)) throw badNifti(where, `has an impossible size ${text}`);
  if (!Number.isSafeInteger(sizes.reduce((a, b) => a * b, 16))) throw badNifti(where, `has an impossible size ${text}`);
  if (sizes.slice(4).some((n) => n > 1)) {
    throw badNifti(where, `has several values per voxel (size ${text})`, 'Store each component as a separate image.');
  }
  const [nx = 1, ny = 1, nz = 1, steps = 1] = sizes;
  return [nx, ny, nz, steps];
}

/** A voxel offset within the header is invalid; voxels then follow the header and its four extension bytes. */
function offsetFrom(offset: number, version: 1 | 2, where: string): number {
  const least = version === 1 ? 348 : 540;
  if (!Number.isSafeInteger(offset) || offset < 0) throw badNifti(where, `has an impossible voxel offset ${offset}`);
  return offset < least ? least + 4 : offset;
}
