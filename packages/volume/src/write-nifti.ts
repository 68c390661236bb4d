import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import { concatenate, dtypeOf, elementPieces, swapBytes } from '@nnunet/tensor/internal';
import { headerFromGeometry } from './nifti-from-geometry.ts';
import { geometryOf, type ImageGeometry } from './nifti-geometry.ts';
import { parseNiftiHeader, pixelFor } from './nifti-header.ts';
import type { Geometry, Triple, Volume } from './volume.ts';

/**
 * Encodes a volume as an uncompressed NIfTI file, with voxels in the array's own type, unscaled. If the geometry was
 * read from a NIfTI file, its header is preserved bit for bit except for size, data type, scaling and voxel offset.
 * Otherwise, or if the geometry has changed, the header is created as in ITK.
 *
 * @throws TypeError if array and shape do not match
 */
export function writeNifti(volume: Volume<TypedArray>): Uint8Array {
  return concatenate([...niftiPieces(volume)]);
}

/**
 * Encodes a label map (uint8, shape (z, y, x)) with a geometry as an uncompressed NIfTI file; see {@link writeNifti}.
 */
export function writeNiftiLabels(labels: Uint8Array, geometry: ImageGeometry): Uint8Array {
  return writeNifti({ ...geometry, data: labels });
}

/** Yields the bytes of {@link writeNifti} in pieces, the header first, so that large images are not copied. */
export function niftiPieces(volume: Volume<TypedArray>): Iterable<Uint8Array> {
  const { data, shape } = volume;
  if (shape.length !== 3 || shape[0] * shape[1] * shape[2] !== data.length) {
    throw new TypeError(`shape (${shape.join(', ')}) does not fit ${data.length} voxels`);
  }
  if (shape.some((n) => n > 32767)) {
    const what = `an image of ${shape.join(' x ')} voxels does not fit a NIfTI-1 file`;
    throw new NnUNetError('too-large', { what, remedy: 'At most 32767 voxels along each axis can be written.' });
  }
  const pixel = pixelFor(dtypeOf(data));
  const { bytes, littleEndian } = keptHeader(volume) ?? { bytes: headerFromGeometry(volume), littleEndian: true };
  const length = bytes.length;
  const head = new Uint8Array(length + 4);
  head.set(bytes);
  const view = new DataView(head.buffer);
  if (length === 348) {
    sizes(shape).forEach((n, i) => {
      view.setInt16(40 + 2 * i, n, littleEndian);
    });
    view.setInt16(70, pixel.code, littleEndian);
    view.setInt16(72, pixel.bytes * 8, littleEndian);
    view.setFloat32(108, 352, littleEndian);
    view.setFloat32(112, 1, littleEndian);
    view.setFloat32(116, 0, littleEndian);
    head.set([0x6e, 0x2b, 0x31, 0], 344);
  } else {
    sizes(shape).forEach((n, i) => {
      view.setBigInt64(16 + 8 * i, BigInt(n), littleEndian);
    });
    view.setInt16(12, pixel.code, littleEndian);
    view.setInt16(14, pixel.bytes * 8, littleEndian);
    view.setBigInt64(168, 544n, littleEndian);
    view.setFloat64(176, 1, littleEndian);
    view.setFloat64(184, 0, littleEndian);
  }
  return pieces(head, data, littleEndian ? 1 : pixel.bytes);
}

/** @param swapped bytes per element to swap; 1 to keep them */
function* pieces(head: Uint8Array, data: TypedArray, swapped: number): Generator<Uint8Array> {
  yield head;
  for (const piece of elementPieces(data, dtypeOf(data))) {
    if (swapped === 1) {
      yield piece;
      continue;
    }
    const copy = new Uint8Array(piece);
    swapBytes(copy, swapped);
    yield copy;
  }
}

function sizes([nz, ny, nx]: Triple): number[] {
  return [3, nx, ny, nz, 1, 1, 1, 1];
}

/** Returns the header that a geometry was read with, if it still matches the geometry. */
function keptHeader({
  niftiHeader,
  spacing,
  origin,
  direction,
}: Geometry): { bytes: Uint8Array; littleEndian: boolean } | undefined {
  if (!niftiHeader) return undefined;
  const header = parseNiftiHeader(niftiHeader, 'the geometry');
  const own = geometryOf(header);
  const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);
  const kept = same(own.spacing, spacing) && same(own.origin, origin) && same(own.direction, direction);
  return kept ? { bytes: header.bytes, littleEndian: header.littleEndian } : undefined;
}
