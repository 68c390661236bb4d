// In JavaScript, although node:zlib has it, because this package also runs in browsers.
let tables: readonly [Int32Array, Int32Array, Int32Array, Int32Array] | undefined;

/** Four tables of the reflected polynomial 0xEDB88320, for four bytes per step. */
function crcTables(): NonNullable<typeof tables> {
  const next = (c: number) => (c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1);
  const first = Int32Array.from({ length: 256 }, (_, n) => next(next(next(next(next(next(next(next(n)))))))));
  const following = (table: Int32Array) => table.map((c) => first[c & 255]! ^ (c >>> 8));
  const [second, third] = [following(first), following(following(first))];
  return [first, second, third, following(third)];
}

/**
 * CRC-32 as used by zip and gzip, as an unsigned integer.
 *
 * @param before CRC-32 of the preceding bytes, if the data come in pieces
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= crcTables();
  const [t0, t1, t2, t3] = tables;
  let crc = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
