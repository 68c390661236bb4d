import { png } from '@nnunet/plot/internal';
import { badImage } from './bad-image.ts';
import { interlacedBits } from './interlaced-png.ts';
import { unpackedBits } from './packed-bits.ts';
import { coloursOf, type PixelHeader, type PixelImage, requirePlausible } from './pixels.ts';

/** Colour types of PNG. */
const GREY = 0;
const PALETTE = 3;
const GREY_ALPHA = 4;
/** Samples that a pixel has in the file, by colour type. */
const SAMPLES: Readonly<Record<number, number>> = { [GREY]: 1, 2: 3, [PALETTE]: 1, [GREY_ALPHA]: 2, 6: 4 };
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Bytes up to the end of what describes the pixels. */
export const PNG_HEADER_BYTES = 33;
/** Maximum compression ratio of deflate. */
const MAX_GROWTH = 1032;

/**
 * Reads the size of a PNG image and its number of channels, which for a palette are those of its colours.
 *
 * @param bytes of the file, at least {@link PNG_HEADER_BYTES}
 * @throws NnUNetError 'bad-image'
 */
export function pngHeader(bytes: Uint8Array, where: string): PixelHeader {
  const { rows, columns, type } = headerOf(bytes, where);
  if (type === GREY_ALPHA) {
    const what = 'holds grey values with transparency, which nnU-Net v2 does not read either';
    throw badImage(where, what, 'Export it in grey, RGB or RGBA.');
  }
  return { rows, columns, channels: type === PALETTE ? 3 : SAMPLES[type]! };
}

function headerOf(bytes: Uint8Array, where: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = bytes.length >= PNG_HEADER_BYTES && SIGNATURE.every((byte, i) => bytes[i] === byte);
  if (!known || view.getUint32(12) !== 0x49484452 || SAMPLES[bytes[25]!] === undefined) throw broken(where);
  const [bits, type] = [bytes[24]!, bytes[25]!];
  return { columns: view.getUint32(16), rows: view.getUint32(20), bits, type, interlaced: bytes[28] !== 0 };
}

/**
 * Decodes a PNG image as nnU-Net v2 sees it: grey values of 16 bits as they are, of 2 and 4 bits stretched to 8, of one
 * bit as 0 and 1; colours of 16 bits reduced to 8; palettes as colours, without transparency.
 *
 * @throws NnUNetError 'bad-image'
 */
export function decodePng(bytes: Uint8Array, where: string): PixelImage {
  const header = pngHeader(bytes, where);
  const { rows, columns } = header;
  const { bits, type, interlaced } = headerOf(bytes, where);
  const stored = { bits: bits * SAMPLES[type]!, bytes: bytes.length, growth: MAX_GROWTH };
  requirePlausible(header, stored, where);
  try {
    if (bits < 8 || type === PALETTE) {
      const { values, palette } =
        interlaced && bits < 8 ? interlacedBits(bytes, { rows, columns, bits }) : rowBits(bytes, header, bits);
      if (type === PALETTE) return { ...header, data: coloursOf(values, palette) };
      const step = bits === 1 ? 1 : 255 / (2 ** bits - 1);
      return { ...header, data: values.map((value) => value * step) };
    }
    const { data } = png.decode(bytes, { checkCrc: true });
    // Pillow keeps the upper byte.
    if (bits === 16 && type !== GREY) return { ...header, data: Uint8Array.from(data, (value) => value >> 8) };
    return { ...header, data: data as Uint8Array | Uint16Array };
  } catch (cause) {
    throw broken(where, cause);
  }
}

/** The numbers of an image of one sample per pixel, and the colours that they stand for. */
function rowBits(bytes: Uint8Array, { rows, columns }: PixelHeader, bits: number) {
  const { data, palette = [] } = png.decode(bytes, { checkCrc: true });
  return { values: unpackedBits(data as Uint8Array, rows, columns, bits), palette };
}

/** Encodes grey values as PNG. */
export function encodeGreyPng({ rows, columns, data }: Pick<PixelImage, 'rows' | 'columns' | 'data'>): Uint8Array {
  const depth = data instanceof Uint8Array ? 8 : 16;
  return png.encode({ data, width: columns, height: rows, channels: 1, depth });
}

function broken(where: string, cause?: unknown) {
  const remedy = 'Copy or export it again.';
  return badImage(where, 'cannot be read: it is damaged, cut off or not a PNG file', remedy, cause);
}
