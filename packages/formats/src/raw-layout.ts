import type { Geometry, Triple } from '@nnunet/volume';
import type { StoredType } from '@nnunet/volume/internal';
import { straightAxes } from '@nnunet/volume/internal';
import { badImage } from './bad-image.ts';

/** Where and how the uncompressed or packed voxels described by a header are stored. */
export interface RawLayout extends Geometry {
  /** (z, y, x) */
  shape: Triple;
  type: StoredType;
  bigEndian: boolean;
  /** 'packed' is gzip or zlib, 'text' numbers as words, 'hex' two digits per byte. */
  encoding: 'raw' | 'packed' | 'text' | 'hex';
  /** Names of the separate data files, in order; null if the voxels follow the header. */
  files: string[] | null;
  /** Length of the header before the voxels; 0 if they are in separate files. */
  headerBytes: number;
  /** Number of lines before the voxels of each file. */
  skipLines: number;
  /** Number of bytes after these lines, of the decompressed content; −1: everything before the voxels at the end. */
  skipBytes: number;
}

/** Maximum length of a header field in characters; longer fields are never relevant. */
export const MAX_FIELD = 10_000;

const perChannel = 'Store one number per voxel, one file per channel.';

/** A spatial axis of an image. */
export interface SpatialAxis {
  size: number;
  /** World vector of one step in mm, (x, y, z), LPS. */
  step: Triple;
}

/**
 * Returns the shape and geometry of one to three spatial axes, the fastest first. Missing axes are 1 mm thick and
 * orthogonal to the others.
 *
 * @throws NnUNetError 'bad-image' for impossible sizes and spacings, and for axes that are not orthogonal
 */
export function placeAxes(axes: readonly SpatialAxis[], origin: Triple, where: string): Geometry & { shape: Triple } {
  const [x, y, z, ...others] = axes;
  if (x === undefined || y === undefined || others.length > 0) throw manyAxes(axes, where);
  const [nx, ny, nz] = [x.size, y.size, z?.size ?? 1];
  if (![nx, ny, nz].every((n) => Number.isSafeInteger(n) && n > 0) || !Number.isSafeInteger(8 * nx * ny * nz))
    throw badImage(where, `has an impossible size (${[nx, ny, nz].join(', ')})`, 'Correct its header.');
  const [dx, dy, dz] = [lengthOf(x.step), lengthOf(y.step), z === undefined ? 1 : lengthOf(z.step)];
  if (![dx, dy, dz].every((mm) => Number.isFinite(mm) && mm > 0)) {
    throw badImage(where, `has an impossible spacing (${[dx, dy, dz].join(', ')})`, 'Correct its header.');
  }
  if (!origin.every(Number.isFinite)) throw badImage(where, 'has an impossible position', 'Correct its header.');
  const [a, b] = [over(x.step, dx), over(y.step, dy)];
  const c = z === undefined ? cross(a, b) : over(z.step, dz);
  const straight = straightAxes([a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]]);
  if (straight === null) throw skewed(where);
  return { shape: [nz, ny, nx], spacing: [dz, dy, dx], origin, ...straight, ...(z === undefined && { planar: true }) };
}

/** As ITK computes it: Math.hypot differs in the last digit. */
function lengthOf([x, y, z]: Triple): number {
  return Math.sqrt(x * x + y * y + z * z);
}

function over([x, y, z]: Triple, length: number): Triple {
  return [x / length, y / length, z / length];
}

function cross(a: Triple, b: Triple): Triple {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function skewed(where: string) {
  const remedy = 'Resample it to a grid with right angles.';
  return badImage(where, 'has axes that are not at right angles to each other', remedy);
}

export function manyAxes(axes: readonly { size: number }[], where: string) {
  return badImage(where, `has ${axes.length} axes: ${axes.map(({ size }) => size).join(' x ')}`, perChannel);
}

export function manyValues(count: number, kind: string, where: string) {
  return badImage(where, `has ${count} numbers per voxel (${kind})`, perChannel);
}
