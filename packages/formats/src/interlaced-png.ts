import { concatenate, crc32, inflateZlib } from '@nnunet/tensor/internal';
import { unpackedBits } from './packed-bits.ts';

/** First row and column of each pass over a PNG image, and their distances. */
const PASSES = [
  [0, 0, 8, 8],
  [0, 4, 8, 8],
  [4, 0, 8, 4],
  [0, 2, 4, 4],
  [2, 0, 4, 2],
  [0, 1, 2, 2],
  [1, 0, 2, 1],
] as const;
const [PLTE, IDAT, IEND] = [0x504c5445, 0x49444154, 0x49454e44];
const FIRST_CHUNK = 8;

/**
 * Decodes an interlaced PNG image of one sample per pixel, of 1, 2 or 4 bits each: the numbers, and the colours that they stand
 * for, [r, g, b], if it has any.
 *
 * Origin: PNG specification, 8.2 (Adam7) and 9 (filters).
 *
 * @throws RangeError for a damaged file
 */
export function interlacedBits(
  bytes: Uint8Array,
  { rows, columns, bits }: { rows: number; columns: number; bits: number },
): { values: Uint8Array; palette: number[][] } {
  const passes = PASSES.map(([y, x, down, along]) => {
    const [height, width] = [Math.ceil((rows - y) / down), Math.ceil((columns - x) / along)];
    return { y, x, down, along, height, width, rowBytes: Math.ceil((width * bits) / 8) };
  }).filter(({ height, width }) => height > 0 && width > 0);
  const length = passes.reduce((sum, { height, rowBytes }) => sum + height * (1 + rowBytes), 0);
  const { data, palette } = chunksOf(bytes);
  const packed = inflateZlib(data, length);
  const values = new Uint8Array(rows * columns);
  let at = 0;
  for (const { y, x, down, along, height, width, rowBytes } of passes) {
    let above = new Uint8Array(rowBytes);
    for (let r = 0; r < height; r++, at += 1 + rowBytes) {
      const row = packed.slice(at + 1, at + 1 + rowBytes);
      unfilter(row, above, packed[at]!);
      const pixels = unpackedBits(row, 1, width, bits);
      for (let c = 0; c < width; c++) values[(y + r * down) * columns + x + c * along] = pixels[c]!;
      above = row;
    }
  }
  return { values, palette };
}

function chunksOf(bytes: Uint8Array): { data: Uint8Array; palette: number[][] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let palette: number[][] = [];
  for (let at = FIRST_CHUNK; ; ) {
    const [length, kind] = [view.getUint32(at), view.getUint32(at + 4)];
    const end = at + 8 + length;
    const content = bytes.subarray(at + 8, end);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) throw new RangeError('a damaged chunk');
    if (kind === IDAT) parts.push(content);
    if (kind === PLTE) palette = Array.from({ length: length / 3 }, (_, i) => [...content.subarray(3 * i, 3 * i + 3)]);
    if (kind === IEND) return { data: concatenate(parts), palette };
    at = end + 4;
  }
}

/** Adds to each byte what its neighbours foretell. */
function unfilter(row: Uint8Array, above: Uint8Array, filter: number): void {
  if (filter > 4) throw new RangeError(`filter ${filter}`);
  for (let i = 0; i < row.length; i++) {
    const [left, up, corner] = [row[i - 1] ?? 0, above[i]!, above[i - 1] ?? 0];
    row[i]! += [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
  }
}

/** The neighbour that is nearest to `left + up - corner`. */
function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
