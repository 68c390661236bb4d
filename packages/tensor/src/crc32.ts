let tables: Int32Array[] | undefined;

/** Four tables of the reflected polynomial 0xEDB88320: four bytes a step. */
function crcTables(): Int32Array[] {
  if (tables) return tables;
  const made = Array.from({ length: 4 }, () => new Int32Array(256));
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    made[0][n] = c;
  }
  for (let n = 0; n < 256; n++) {
    for (let t = 1; t < 4; t++) {
      const c = made[t - 1][n];
      made[t][n] = made[0][c & 255] ^ (c >>> 8);
    }
  }
  tables = made;
  return made;
}

/**
 * CRC-32 of zip and gzip, as an unsigned number.
 *
 * @param before that of the bytes before these, where they come in pieces
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3] = crcTables();
  let crc = ~before;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    crc ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    crc = t3[crc & 255] ^ t2[(crc >>> 8) & 255] ^ t1[(crc >>> 16) & 255] ^ t0[crc >>> 24];
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}
