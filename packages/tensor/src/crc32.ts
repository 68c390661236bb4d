type Tables = readonly [Int32Array, Int32Array, Int32Array, Int32Array];

/** Polynomials of checksums, reflected: of zip and gzip, and Castagnoli's. */
const POLYNOMIALS = { zip: 0xedb88320, castagnoli: 0x82f63b78 } as const;

// In JavaScript, although node:zlib has one of them, because this package also runs in browsers.
const tables: Partial<Record<keyof typeof POLYNOMIALS, Tables>> = {};

/** Four tables of a polynomial, for four bytes per step. */
function crcTables(polynomial: number): Tables {
  const next = (c: number) => (c & 1 ? (c >>> 1) ^ polynomial : c >>> 1);
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
  tables.zip ??= crcTables(POLYNOMIALS.zip);
  return checksum(tables.zip, bytes, before);
}

/** CRC-32C (Castagnoli) as used by TFRecord files, as an unsigned integer. */
export function crc32c(bytes: Uint8Array): number {
  tables.castagnoli ??= crcTables(POLYNOMIALS.castagnoli);
  return checksum(tables.castagnoli, bytes, 0);
}

function checksum([t0, t1, t2, t3]: Tables, bytes: Uint8Array, before: number): number {
  let crc = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
