import { badImage } from './bad-image.ts';

/** Size of a 2D image, and how many channels it has. */
export interface PixelHeader {
  rows: number;
  columns: number;
  /** 1 for grey, 3 for colours, 4 with transparency. */
  channels: number;
}

/** A 2D image. */
export interface PixelImage extends PixelHeader {
  /** (y, x, channel) */
  data: Uint8Array | Uint16Array;
}

/** The channels of a 2D image one by one. */
export interface Planes extends PixelHeader {
  /** Each (y, x). */
  planes: Float32Array[];
}

/** Most pixels along a side, as in PNG. */
const MAX_SIDE = 2 ** 31 - 1;

/**
 * Requires a size that the bytes of a file can hold, before room for it is made.
 *
 * @param bits of a pixel in the file
 * @param bytes in which the pixels are stored
 * @param growth greatest number of bytes that one of these may become
 * @throws NnUNetError 'bad-image'
 */
export function requirePlausible(
  { rows, columns }: PixelHeader,
  { bits, bytes, growth }: { bits: number; bytes: number; growth: number },
  where: string,
): void {
  const possible = [rows, columns].every((n) => Number.isInteger(n) && n > 0 && n <= MAX_SIDE);
  if (possible && rows * Math.ceil((columns * bits) / 8) <= bytes * growth) return;
  const what = `its ${columns} x ${rows} pixels do not fit into ${bytes} bytes`;
  throw badImage(where, `cannot be read: it is damaged or cut off: ${what}`, 'Copy or export it again.');
}

/** Colours of indices into a palette of [r, g, b]. @throws RangeError for an index beyond it */
export function coloursOf(indices: Uint8Array, palette: readonly (readonly number[])[]): Uint8Array {
  const out = new Uint8Array(3 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const colour = palette[indices[i]!];
    if (colour === undefined) throw new RangeError(`colour ${indices[i]} of a palette of ${palette.length}`);
    for (let c = 0; c < 3; c++) out[3 * i + c] = colour[c]!;
  }
  return out;
}
