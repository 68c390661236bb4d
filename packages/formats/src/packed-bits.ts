/** Unpacks rows of numbers of 1, 2 or 4 bits, most significant first, each row beginning with a byte. */
export function unpackedBits(packed: Uint8Array, rows: number, columns: number, bits: number): Uint8Array {
  const out = new Uint8Array(rows * columns);
  const rowBytes = Math.ceil((columns * bits) / 8);
  const mask = (1 << bits) - 1;
  for (let y = 0, to = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, to++) {
      const bit = x * bits;
      out[to] = (packed[y * rowBytes + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask;
    }
  }
  return out;
}
