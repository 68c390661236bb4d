import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { TypedArray } from '@nnunet/tensor';
import { fileError, readFully } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { type StoredType, widthOf } from '@nnunet/volume/internal';
import { badImage } from '../bad-image.ts';
import { volumeFromItk } from '../itk-image.ts';
import { manyValues } from '../raw-layout.ts';
import { voxelsOf } from '../stored-voxels.ts';
import { greyType, requireSlicesAlone, type TiffPage } from '../tiff-page.ts';
import { MAX_GROWTH, PACKINGS, undoDifferences, undoFloatDifferences, unpackBits, unpackLzw } from '../tiff-unpack.ts';
import { readItk } from './run-itk.ts';
import { readSpacing } from './spacing-beside.ts';
import { type TiffFile, tiffPages } from './tiff-pages.ts';

/**
 * Reads a TIFF file with one page per slice, positioned by its spacing file. The resolution stored in TIFF files is
 * ignored: it usually refers to printers and screens. Greyscale pages in strips or tiles are read here; other
 * compressions (such as JPEG) and smaller bit depths by ITK, which takes tiles for colours.
 *
 * @throws NnUNetError 'bad-image', 'missing-file'
 */
export async function readTiff(path: string): Promise<Volume<TypedArray>> {
  const { geometry } = await readSpacing(path);
  const file = await tiffPages(path);
  const [first] = file.pages;
  if (first === undefined) throw badImage(path, 'holds no pages', copy);
  requireSlicesAlone(first.description, file.pages.length, path);
  if (first.samples > 1) throw manyValues(first.samples, first.photometric === 2 ? 'colours' : 'samples', path);
  const type = greyType(first);
  const shape = [file.pages.length, first.rows, first.columns] as const;
  const other = file.pages.findIndex((page) => !isAlike(page, first));
  if (other >= 0) {
    const { columns, rows, bits } = file.pages[other]!;
    const found = `page ${other + 1} has ${columns} x ${rows} pixels of ${bits.join()} bits`;
    const what = `${found}, its first ${first.columns} x ${first.rows} of ${first.bits.join()}`;
    throw badImage(path, what, 'Export it again, all pages of the same size and type.');
  }
  if (type !== null && file.pages.every(({ compression }) => PACKINGS[compression] !== undefined)) {
    return { ...geometry, shape, data: await readPages(path, file, type) };
  }
  if (first.tiled) {
    const what = `is tiled, with an unsupported compression or colour format (compression ${first.compression})`;
    throw badImage(path, what, 'Export it in strips, or with deflate or LZW compression.');
  }
  const image = volumeFromItk(await readItk('tiff', path), path);
  if (image.shape[0] !== file.pages.length) {
    const what = `has ${file.pages.length} pages, of which ${image.shape[0]} can be read as slices of one image`;
    throw badImage(path, what, 'Export it again, all pages of the same size and type.');
  }
  return { ...image, ...geometry };
}

function isAlike(a: TiffPage, b: TiffPage): boolean {
  const key = ({ columns, rows, bits, samples, photometric, sampleFormat }: TiffPage) =>
    [columns, rows, bits.join(), samples, photometric, sampleFormat].join('|');
  return key(a) === key(b);
}

async function readPages(path: string, { pages, bigEndian }: TiffFile, type: StoredType): Promise<TypedArray> {
  const { columns, rows } = pages[0]!;
  const width = widthOf(type);
  const packed = pages.reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b, 0), 0);
  const total = pages.length * rows * columns * width;
  if (!(total > 0 && total <= packed * MAX_GROWTH)) {
    throw broken(path, `its ${columns} x ${rows} x ${pages.length} pixels do not fit into ${packed} bytes`);
  }
  const out = new Uint8Array(total);
  const file = await open(path, 'r').catch((cause) => {
    throw fileError(cause, path);
  });
  try {
    for (const [z, page] of pages.entries()) {
      const plane = out.subarray(z * rows * columns * width, (z + 1) * rows * columns * width);
      await readPage(file, page, { path, plane, type, bigEndian });
    }
  } finally {
    await file.close();
  }
  return voxelsOf(out, type, false);
}

interface Target {
  path: string;
  /** Bytes of the page, (y, x), little endian. */
  plane: Uint8Array;
  type: StoredType;
  bigEndian: boolean;
}

async function readPage(file: FileHandle, page: TiffPage, { path, plane, type, bigEndian }: Target): Promise<void> {
  const { columns, rows, pieceColumns, pieceRows, offsets, lengths, tiled } = page;
  const width = widthOf(type);
  const across = Math.ceil(columns / pieceColumns);
  const down = Math.ceil(rows / pieceRows);
  if (!(pieceColumns > 0 && pieceRows > 0) || offsets.length < across * down || lengths.length < across * down)
    throw broken(path, `some of its strips or tiles of ${pieceColumns} x ${pieceRows} pixels are missing`);
  for (let piece = 0; piece < across * down; piece++) {
    const [top, left] = [Math.floor(piece / across) * pieceRows, (piece % across) * pieceColumns];
    const height = Math.min(pieceRows, rows - top);
    const wide = Math.min(pieceColumns, columns - left);
    // Tiles are complete beyond the edge; strips end with the page.
    const size = pieceColumns * (tiled ? pieceRows : height) * width;
    const length = lengths[piece]!;
    if (size > length * MAX_GROWTH) throw broken(path, `a piece of ${size} bytes cannot be in ${length}`);
    const stored = new Uint8Array(length);
    await readFully(file, path, stored, offsets[piece]!);
    const bytes = await unpack(stored, size, page, path);
    const voxels = numbersFrom(bytes, { type, bigEndian, pieceColumns, predictor: page.predictor, path });
    for (let y = 0; y < height; y++) {
      const row = voxels.subarray(y * pieceColumns * width, (y * pieceColumns + wide) * width);
      plane.set(row, ((top + y) * columns + left) * width);
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

/** Returns the bytes of a piece in little endian, with the predictor undone. */
function numbersFrom(
  bytes: Uint8Array,
  piece: { type: StoredType; bigEndian: boolean; pieceColumns: number; predictor: number; path: string },
): Uint8Array {
  const { type, bigEndian, pieceColumns, predictor, path } = piece;
  const width = widthOf(type);
  const rowBytes = pieceColumns * width;
  if (predictor === 3) {
    for (let at = 0; at < bytes.length; at += rowBytes) undoFloatDifferences(bytes.subarray(at, at + rowBytes), width);
  }
  const data = voxelsOf(new Uint8Array(bytes), type, predictor === 3 || bigEndian) as Uint8Array;
  if (predictor === 2) {
    for (let at = 0; at < data.length; at += pieceColumns) undoDifferences(data.subarray(at, at + pieceColumns));
  } else if (predictor !== 1 && predictor !== 3) {
    throw badImage(path, `has an unknown predictor, ${predictor}`, 'Export it without a predictor.');
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

const copy = 'Copy or export it again.';

function broken(path: string, what: string, cause?: unknown) {
  return badImage(path, `cannot be read: it is damaged, cut off or not a TIFF file: ${what}`, copy, cause);
}
