import { NIFTI1, NIFTI2 } from 'nifti-reader-js';
import { badNifti } from './bad-nifti.ts';
import { type Pixel, pixelOf } from './nifti-pixel.ts';

/** What a NIfTI header says, checked as far as that is possible without the voxels. */
export interface NiftiHeader {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** Sizes (x, y, z, t); z and t are 1 where the file has fewer axes. */
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
  /** The header's own bytes: 348 or 540. */
  readonly bytes: Uint8Array;
}

/** A 3×4 matrix, row-major: voxel (x, y, z) to world. */
export type Affine = readonly [...Row, ...Row, ...Row];
type Row = [number, number, number, number];

/** Enough bytes for any header. */
export const NIFTI_HEAD_BYTES = 544;

/**
 * Reads a NIfTI-1 or NIfTI-2 header of either byte order.
 *
 * @param bytes - the file's first bytes, inflated; {@link NIFTI_HEAD_BYTES} are enough
 * @param where - file name for messages
 * @throws NnUNetError 'bad-nifti': no NIfTI file, a pair of .hdr and .img, an impossible size, or voxels of a kind that
 *   is not an image of one number a voxel (RGB, complex)
 */
export function parseNiftiHeader(bytes: Uint8Array, where: string): NiftiHeader {
  const version = versionOf(bytes, where);
  const length = version === 1 ? 348 : 540;
  if (bytes.length < length) throw badNifti(where, `ends within its header: ${bytes.length} of ${length} bytes`);
  const own = new Uint8Array(bytes.subarray(0, length));
  const parsed = version === 1 ? new NIFTI1() : new NIFTI2();
  try {
    // The header alone: extensions are of no use here, and their sizes are not to be trusted.
    parsed.readHeader(own.buffer);
  } catch (cause) {
    throw badNifti(where, 'has a header that cannot be read', undefined, cause);
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
  const remedy = 'Images must be NIfTI (.nii or .nii.gz). Convert other formats first.';
  if (bytes.length < 348) throw badNifti(where, `has ${bytes.length} bytes, too few for a NIfTI image`, remedy);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = [view.getInt32(0, true), view.getInt32(0, false)];
  const version = size.includes(348) ? 1 : size.includes(540) ? 2 : undefined;
  const at = version === 2 ? 4 : 344;
  const magic = String.fromCharCode(...bytes.subarray(at, at + 3));
  if (version && magic === `n+${version}`) return version;
  if (version && magic === `ni${version}`) {
    const what = 'is one half of a pair of .hdr and .img files';
    throw badNifti(where, what, 'Convert the pair to a single .nii.gz file.');
  }
  if (version === 1 && /^\0/.test(magic)) throw badNifti(where, 'is an Analyze image, not NIfTI', remedy);
  throw badNifti(where, 'is not a NIfTI image', remedy);
}

function sizeFrom(dims: readonly number[], where: string): [number, number, number, number] {
  const [rank = 0] = dims;
  const text = `(${dims.slice(1, rank >= 1 && rank <= 7 ? rank + 1 : 8).join(', ')})`;
  if (!Number.isInteger(rank) || rank < 1 || rank > 7) throw badNifti(where, `has ${rank} axes, which is impossible`);
  // As in ITK and nifti_io: some scanner software leaves axes beyond the first at 0.
  const sizes = dims.slice(1, rank + 1).map((n, axis) => (axis > 0 && n <= 0 ? 1 : n));
  if (!sizes.every((n) => Number.isSafeInteger(n) && n >= 1)) throw badNifti(where, `has an impossible size ${text}`);
  if (!Number.isSafeInteger(sizes.reduce((a, b) => a * b, 16))) throw badNifti(where, `has an impossible size ${text}`);
  if (sizes.slice(4).some((n) => n > 1)) {
    throw badNifti(where, `has several values a voxel (size ${text})`, 'Store each component as an image of its own.');
  }
  const [nx = 1, ny = 1, nz = 1, steps = 1] = sizes;
  return [nx, ny, nz, steps];
}

/** A voxel offset within the header is no offset: voxels then follow the header and its four extension bytes. */
function offsetFrom(offset: number, version: 1 | 2, where: string): number {
  const least = version === 1 ? 348 : 540;
  if (!Number.isSafeInteger(offset) || offset < 0) throw badNifti(where, `has an impossible voxel offset ${offset}`);
  return offset < least ? least + 4 : offset;
}
