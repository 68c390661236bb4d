import { NnUNetError } from '@nnunet/errors';
import type { TypedArray } from '@nnunet/tensor';
import { concatenate, dtypeOf, elementPieces, swapBytes } from '@nnunet/tensor/internal';
import { headerFromGeometry } from './nifti-from-geometry.ts';
import { geometryOf, type ImageGeometry } from './nifti-geometry.ts';
import { parseNiftiHeader, pixelFor } from './nifti-header.ts';
import type { Geometry, Triple, Volume } from './volume.ts';

/**
 * A volume as an uncompressed NIfTI file, voxels in the array's own type, without scaling. Where the geometry came from
 * a NIfTI file its header is kept bit for bit but for size, data type, scaling and the voxels' offset; else, or where
 * the geometry was changed since, the header is made as ITK makes it.
 *
 * @throws TypeError where array and shape do not fit
 */
export function writeNifti(volume: Volume<TypedArray>): Uint8Array {
  return concatenate([...niftiPieces(volume)]);
}

/** A label map (uint8, shape (z, y, x)) at a geometry as an uncompressed NIfTI file; see {@link writeNifti}. */
export function writeNiftiLabels(labels: Uint8Array, geometry: ImageGeometry): Uint8Array {
  return writeNifti({ ...geometry, data: labels });
}

/** The same as {@link writeNifti} in pieces, the header first, so that images of any size are not copied. */
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

/** @param swapped bytes of an element, to be turned round; 1 to leave them */
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

/** The header that a geometry came with, if it still says what the geometry says. */
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
