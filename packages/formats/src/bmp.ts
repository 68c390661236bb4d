import { badImage } from './bad-image.ts';
import { unpackedBits } from './packed-bits.ts';
import { coloursOf, type PixelHeader, type PixelImage, requirePlausible } from './pixels.ts';
import { unpackBmp } from './unpack-bmp.ts';

const FILE_HEADER = 14;
/** Length of the header that nearly all files have; longer ones begin with it. */
const INFO_HEADER = 40;
/** Bytes up to the end of what describes the pixels, with the longest palette. */
export const BMP_HEADER_BYTES = FILE_HEADER + 124 + 4 * 256;
const UNCOMPRESSED = 0;
/** RLE of indices, by their bits. */
const PACKED: Readonly<Record<number, number>> = { 8: 1, 4: 2 };
const MASKED = 3;
/** Two bytes of RLE are at most 255 pixels, but for what is skipped. */
const MAX_GROWTH = 128;
/** Masks of red, green and blue in pixels of 32 bits. */
const MASKS = [0xff0000, 0xff00, 0xff];
const ALPHA = 0xff000000;

interface BmpLayout extends PixelHeader {
  bits: number;
  /** Rows are stored from the last to the first. */
  upward: boolean;
  /** Where the pixels begin. */
  at: number;
  packed: boolean;
  /** Null where the pixels are the values themselves. */
  palette: number[][] | null;
}

/**
 * Reads the size of a BMP image and its number of channels, which for a palette are those of its colours.
 *
 * @param bytes of the file, at least {@link BMP_HEADER_BYTES} if it has that many
 * @throws NnUNetError 'bad-image'
 */
export function bmpHeader(bytes: Uint8Array, where: string): PixelHeader {
  const { rows, columns, channels } = layoutOf(bytes, where);
  return { rows, columns, channels };
}

function layoutOf(bytes: Uint8Array, where: string): BmpLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < FILE_HEADER + INFO_HEADER || view.getUint16(0) !== 0x424d) throw broken(where);
  const header = view.getUint32(14, true);
  if (header < INFO_HEADER || bytes.length < FILE_HEADER + header) throw broken(where);
  const [columns, height] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const rows = Math.abs(height);
  const packed = compression !== UNCOMPRESSED && compression === PACKED[bits];
  const place = { rows, columns, bits, packed, upward: height > 0, at: view.getUint32(10, true) };
  if (bits === 24 && compression === UNCOMPRESSED) return { ...place, channels: 3, palette: null };
  if (bits === 32 && compression === UNCOMPRESSED) return { ...place, channels: 3, palette: null };
  if (bits === 32 && compression === MASKED && bytes.length >= 70) {
    const masks = [54, 58, 62, 66].map((at) => view.getUint32(at, true));
    const usual = MASKS.every((mask, i) => masks[i] === mask);
    if (usual) return { ...place, channels: header > INFO_HEADER && masks[3] === ALPHA ? 4 : 3, palette: null };
  }
  if (![1, 4, 8].includes(bits) || (compression !== UNCOMPRESSED && !packed)) {
    const what = `has pixels of ${bits} bits in a form that is not supported (compression ${compression})`;
    throw badImage(where, what, 'Export it with 8, 24 or 32 bits per pixel, or as PNG.');
  }
  const colours = view.getUint32(46, true) || 2 ** bits;
  const from = FILE_HEADER + header;
  if (colours > 256 || bytes.length < from + 4 * colours) throw broken(where);
  const palette = Array.from({ length: colours }, (_, i) => [2, 1, 0].map((byte) => bytes[from + 4 * i + byte]!));
  const values = colours === 2 ? [0, 255] : palette.map((_, i) => i);
  const grey = palette.every((colour, i) => colour.every((value) => value === values[i]));
  return { ...place, channels: grey ? 1 : 3, palette: grey ? null : palette };
}

/**
 * Decodes a BMP image, uncompressed or in RLE, as nnU-Net v2 sees it: one bit of black and white as 0 and 1, other palettes that are
 * not the grey values themselves as colours.
 *
 * @throws NnUNetError 'bad-image'
 */
export function decodeBmp(bytes: Uint8Array, where: string): PixelImage {
  const { rows, columns, channels, bits, packed, upward, at, palette } = layoutOf(bytes, where);
  const header = { rows, columns, channels };
  requirePlausible(header, { bits, bytes: bytes.length, growth: packed ? MAX_GROWTH : 1 }, where);
  const rowBytes = 4 * Math.ceil((columns * bits) / 32);
  if (!packed && at + rowBytes * rows > bytes.length) throw broken(where);
  const unpacked = packed ? unpackedIndices(bytes.subarray(at), { rows, columns, bits }, where) : null;
  const rowOf = (y: number) => bytes.subarray(at + rowBytes * (upward ? rows - 1 - y : y)).subarray(0, rowBytes);
  if (bits <= 8) {
    const values = new Uint8Array(rows * columns);
    for (let y = 0; y < rows; y++) {
      const from = columns * (upward ? rows - 1 - y : y);
      values.set(unpacked?.subarray(from, from + columns) ?? unpackedBits(rowOf(y), 1, columns, bits), y * columns);
    }
    if (palette === null) return { ...header, data: values };
    try {
      return { ...header, data: coloursOf(values, palette) };
    } catch (cause) {
      throw broken(where, cause);
    }
  }
  const data = new Uint8Array(rows * columns * channels);
  const pixelBytes = bits / 8;
  for (let y = 0, to = 0; y < rows; y++) {
    const row = rowOf(y);
    // Blue, green, red, transparency.
    for (let x = 0; x < columns; x++, to += channels) {
      for (let c = 0; c < 3; c++) data[to + c] = row[x * pixelBytes + 2 - c]!;
      if (channels === 4) data[to + 3] = row[x * pixelBytes + 3]!;
    }
  }
  return { ...header, data };
}

function unpackedIndices(packed: Uint8Array, size: Parameters<typeof unpackBmp>[1], where: string): Uint8Array {
  try {
    return unpackBmp(packed, size);
  } catch (cause) {
    throw broken(where, cause);
  }
}

/** Encodes grey values of 8 bits as BMP. */
export function encodeBmp({ rows, columns, data }: { rows: number; columns: number; data: Uint8Array }): Uint8Array {
  const rowBytes = 4 * Math.ceil(columns / 4);
  const at = FILE_HEADER + INFO_HEADER + 4 * 256;
  const bytes = new Uint8Array(at + rowBytes * rows);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, at, true);
  view.setUint32(14, INFO_HEADER, true);
  view.setInt32(18, columns, true);
  view.setInt32(22, rows, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  view.setUint32(34, rowBytes * rows, true);
  view.setUint32(46, 256, true);
  for (let i = 0; i < 256; i++) bytes.fill(i, FILE_HEADER + INFO_HEADER + 4 * i, FILE_HEADER + INFO_HEADER + 4 * i + 3);
  for (let y = 0; y < rows; y++)
    bytes.set(data.subarray(y * columns, (y + 1) * columns), at + rowBytes * (rows - 1 - y));
  return bytes;
}

function broken(where: string, cause?: unknown) {
  const remedy = 'Copy or export it again.';
  return badImage(where, 'cannot be read: it is damaged, cut off or not a BMP file', remedy, cause);
}
