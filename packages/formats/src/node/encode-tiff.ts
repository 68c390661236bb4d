import { deflateSync } from 'node:zlib';

const SHORT = 3;
const LONG = 4;
const ASCII = 2;
const WIDTH: Readonly<Record<number, number>> = { [SHORT]: 2, [LONG]: 4, [ASCII]: 1 };
/** Adobe's number for deflate. */
const DEFLATE = 8;
/** Classic TIFF has offsets of four bytes. */
const MAX_BYTES = 2 ** 32 - 1;

/**
 * Encodes grey values as TIFF with one page per plane, each in one strip. The description tells tifffile the number of
 * axes, as its own does: a stack of one plane would otherwise be read as 2D.
 *
 * @param shape (y, x) or (z, y, x)
 * @throws RangeError beyond 4 GB
 */
export function encodeTiff(
  { data, shape }: { data: Uint8Array | Uint16Array; shape: readonly number[] },
  { deflate = false }: { deflate?: boolean } = {},
): Uint8Array {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const planes = shape.length === 3 ? shape[0]! : 1;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const planeBytes = bytes.length / planes;
  const description = new TextEncoder().encode(`${JSON.stringify({ shape })}\0`);
  const pieces: Uint8Array[] = [];
  let length = 8;
  const place = (piece: Uint8Array) => {
    const at = length;
    pieces.push(piece);
    length += piece.length;
    // Offsets are even.
    if (length % 2 === 1) {
      pieces.push(new Uint8Array(1));
      length++;
    }
    return at;
  };
  const pages = Array.from({ length: planes }, (_, z) => {
    const plane = bytes.subarray(z * planeBytes, (z + 1) * planeBytes);
    const stored = deflate ? deflateSync(plane) : plane;
    return { at: place(stored), size: stored.length };
  });
  const textAt = place(description);
  const first = length;
  pages.forEach(({ at, size }, z) => {
    const tags: [tag: number, type: number, count: number, value: number][] = [
      [256, LONG, 1, columns],
      [257, LONG, 1, rows],
      [258, SHORT, 1, 8 * data.BYTES_PER_ELEMENT],
      [259, SHORT, 1, deflate ? DEFLATE : 1],
      // Black is 0.
      [262, SHORT, 1, 1],
      ...(z === 0 ? [[270, ASCII, description.length, textAt] as [number, number, number, number]] : []),
      [273, LONG, 1, at],
      [277, SHORT, 1, 1],
      [278, LONG, 1, rows],
      [279, LONG, 1, size],
    ];
    const directory = new DataView(new ArrayBuffer(2 + 12 * tags.length + 4));
    directory.setUint16(0, tags.length, true);
    tags.forEach(([tag, type, count, value], i) => {
      directory.setUint16(2 + 12 * i, tag, true);
      directory.setUint16(4 + 12 * i, type, true);
      directory.setUint32(6 + 12 * i, count, true);
      if (WIDTH[type] === 2) directory.setUint16(10 + 12 * i, value, true);
      else directory.setUint32(10 + 12 * i, value, true);
    });
    const next = length + directory.byteLength;
    directory.setUint32(2 + 12 * tags.length, z === pages.length - 1 ? 0 : next + (next % 2), true);
    place(new Uint8Array(directory.buffer));
  });
  if (length > MAX_BYTES) throw new RangeError('more than 4 GB of voxels');
  const out = new Uint8Array(length);
  out.set([0x49, 0x49, 42, 0]);
  new DataView(out.buffer).setUint32(4, first, true);
  let at = 8;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
