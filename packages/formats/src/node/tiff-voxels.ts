import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { TypedArray } from '@nnunet/tensor';
import { fileError, readFully } from '@nnunet/tensor/node/internal';
import { type StoredType, widthOf } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { unpackedBits } from '../packed-bits.ts';
import { voxelsOf } from '../stored-voxels.ts';
import type { TiffPage } from '../tiff-page.ts';
import { MAX_GROWTH, PACKINGS, undoDifferences, undoFloatDifferences, unpackBits, unpackLzw } from '../tiff-unpack.ts';
import type { TiffFile } from './tiff-pages.ts';

/**
 * Reads the numbers of all pages, which are alike and compressed in one of {@link PACKINGS}: (page, y, x, sample), or
 * (page, sample, y, x) where the samples of a pixel are stored apart.
 *
 * @throws NnUNetError 'bad-image'
 */
export async function readTiffVoxels(
  path: string,
  { pages, bigEndian }: TiffFile,
  type: StoredType,
): Promise<TypedArray> {
  const { columns, rows, samples } = pages[0]!;
  const pageBytes = rows * columns * samples * widthOf(type);
  const packed = pages.reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b, 0), 0);
  const total = pages.length * pageBytes;
  if (!(total > 0 && total <= packed * MAX_GROWTH)) {
    throw broken(path, `its ${columns} x ${rows} x ${pages.length} pixels do not fit into ${packed} bytes`);
  }
  const out = new Uint8Array(total);
  const file = await open(path, 'r').catch((cause) => {
    throw fileError(cause, path);
  });
  try {
    for (const [z, page] of pages.entries()) {
      const plane = out.subarray(z * pageBytes, (z + 1) * pageBytes);
      await readPage(file, page, { path, plane, type, bigEndian });
    }
  } finally {
    await file.close();
  }
  return voxelsOf(out, type, false);
}

/**
 * Reads pages of one bit per pixel as 0 and 1, (page, y, x).
 *
 * @throws NnUNetError 'bad-image'
 */
export async function readTiffBits(path: string, { pages }: TiffFile): Promise<Uint8Array> {
  const { columns, rows } = pages[0]!;
  const bytesOf = (pixels: number) => Math.ceil(pixels / 8);
  const asBytes = pages.map((page) => ({
    ...page,
    columns: bytesOf(page.columns),
    pieceColumns: bytesOf(page.pieceColumns),
  }));
  const packed = await readTiffVoxels(path, { pages: asBytes, bigEndian: false }, 'uint8');
  return unpackedBits(packed as Uint8Array, pages.length * rows, columns, 1);
}

interface Target {
  path: string;
  /** Bytes of the page, (y, x, sample) or (sample, y, x), little endian. */
  plane: Uint8Array;
  type: StoredType;
  bigEndian: boolean;
}

async function readPage(file: FileHandle, page: TiffPage, { path, plane, type, bigEndian }: Target): Promise<void> {
  const { columns, rows, samples, planar, pieceColumns, pieceRows, offsets, lengths, tiled } = page;
  const across = Math.ceil(columns / pieceColumns);
  const down = Math.ceil(rows / pieceRows);
  const pieces = across * down * (planar ? samples : 1);
  if (!(pieceColumns > 0 && pieceRows > 0) || offsets.length < pieces || lengths.length < pieces)
    throw broken(path, `some of its strips or tiles of ${pieceColumns} x ${pieceRows} pixels are missing`);
  const inPixel = planar ? 1 : samples;
  const pixelBytes = inPixel * widthOf(type);
  for (let piece = 0; piece < pieces; piece++) {
    const place = piece % (across * down);
    const firstRow = Math.floor(piece / (across * down)) * rows;
    const [top, left] = [Math.floor(place / across) * pieceRows, (place % across) * pieceColumns];
    const height = Math.min(pieceRows, rows - top);
    const wide = Math.min(pieceColumns, columns - left);
    // Tiles are complete beyond the edge; strips end with the page.
    const size = pieceColumns * (tiled ? pieceRows : height) * pixelBytes;
    const length = lengths[piece]!;
    if (size > length * MAX_GROWTH) throw broken(path, `a piece of ${size} bytes cannot be in ${length}`);
    const stored = new Uint8Array(length);
    await readFully(file, path, stored, offsets[piece]!);
    const bytes = await unpack(stored, size, page, path);
    const { predictor } = page;
    const voxels = numbersFrom(bytes, { type, bigEndian, pieceColumns, samples: inPixel, predictor, path });
    for (let y = 0; y < height; y++) {
      const row = voxels.subarray(y * pieceColumns * pixelBytes, (y * pieceColumns + wide) * pixelBytes);
      plane.set(row, ((firstRow + top + y) * columns + left) * pixelBytes);
    }
  }
}

async function unpack(stored: Uint8Array, size: number, { compression }: TiffPage, path: string): Promise<Uint8Array> {
  const packing = PACKINGS[compression]!;
  let bytes = stored.subarray(0, size);
  if (packing === 'deflate') {
    bytes = await promisify(inflate)(stored, { maxOutputLength: size }).catch((cause) => {
      throw broken(path, 'a strip or tile cannot be decompressed', cause);
    });
  } else if (packing !== 'none') {
    const out = new Uint8Array(size);
    bytes = out.subarray(0, packing === 'lzw' ? unpackLzw(stored, out) : unpackBits(stored, out));
  }
  if (bytes.length < size) throw broken(path, `a strip or tile of ${size} bytes has only ${bytes.length}`);
  return bytes;
}

interface Piece {
  type: StoredType;
  bigEndian: boolean;
  pieceColumns: number;
  /** Numbers of a pixel that lie beside each other. */
  samples: number;
  predictor: number;
  path: string;
}

/** Returns the bytes of a piece in little endian, with the predictor undone. */
function numbersFrom(
  bytes: Uint8Array,
  { type, bigEndian, pieceColumns, samples, predictor, path }: Piece,
): Uint8Array {
  const width = widthOf(type);
  const row = pieceColumns * samples;
  if (predictor === 3) {
    for (let at = 0; at < bytes.length; at += row * width)
      undoFloatDifferences(bytes.subarray(at, at + row * width), width, samples);
  }
  const data = voxelsOf(new Uint8Array(bytes), type, predictor === 3 || bigEndian) as Uint8Array;
  if (predictor === 2) {
    for (let at = 0; at < data.length; at += row) undoDifferences(data.subarray(at, at + row), samples);
  } else if (predictor !== 1 && predictor !== 3) {
    throw badImage(path, `has an unknown predictor, ${predictor}`, 'Export it without a predictor.');
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function broken(path: string, what: string, cause?: unknown) {
  const remedy = 'Copy or export it again.';
  return badImage(path, `cannot be read: it is damaged, cut off or not a TIFF file: ${what}`, remedy, cause);
}
