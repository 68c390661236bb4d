/**
 * Unpacks indices of a BMP image in RLE, row by row as stored, the way that Pillow does, by which nnU-Net v2 reads: what a run
 * has beyond the end of its row is left out, and pixels that are skipped are 0.
 *
 * Origin: Pillow's BmpRleDecoder.
 *
 * @param bits of an index: 4 or 8
 * @throws RangeError for fewer pixels than there should be
 */
export function unpackBmp(
  packed: Uint8Array,
  { rows, columns, bits }: { rows: number; columns: number; bits: number },
): Uint8Array {
  const out = new Uint8Array(rows * columns);
  const nibble = (byte: number, i: number) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
  let [at, to, x] = [0, 0, 0];
  const put = (value: number) => {
    if (to < out.length) out[to] = value;
    to++;
  };
  while (to < out.length && at + 2 <= packed.length) {
    const [count, byte] = [packed[at]!, packed[at + 1]!];
    at += 2;
    if (count > 0) {
      const run = Math.max(0, Math.min(count, columns - x));
      for (let i = 0; i < run; i++) put(nibble(byte, i));
      x += run;
    } else if (byte === 0) {
      to = columns * Math.ceil(to / columns);
      x = 0;
    } else if (byte === 1) break;
    else if (byte === 2) {
      if (at + 2 > packed.length) break;
      to += packed[at]! + packed[at + 1]! * columns;
      x = to % columns;
      at += 2;
    } else {
      const literal = Math.min(out.length - to, byte);
      const length = bits === 8 ? literal : Math.ceil(literal / 2);
      for (let i = 0; i < literal; i++) {
        const from = at + (bits === 8 ? i : i >> 1);
        if (from < packed.length) put(nibble(packed[from]!, i));
      }
      if (at + length > packed.length) break;
      x += byte;
      // Aligned to 16 bits.
      at += length + (length % 2);
    }
  }
  if (to < out.length) throw new RangeError(`${to} of ${out.length} pixels`);
  return out;
}
