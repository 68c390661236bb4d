/** Supported TIFF compressions; deflate is decompressed by the caller. */
export const PACKINGS: Readonly<Record<number, 'none' | 'lzw' | 'deflate' | 'packbits'>> = {
  1: 'none',
  5: 'lzw',
  8: 'deflate',
  32946: 'deflate',
  32773: 'packbits',
};

/** Maximum expansion per byte, for deflate and LZW. */
export const MAX_GROWTH = 4096;

/** Decompresses TIFF's LZW into `out`; returns the number of bytes written. */
export function unpackLzw(bytes: Uint8Array, out: Uint8Array): number {
  // Each code is an earlier code plus one byte.
  const prefix = new Int16Array(4096);
  const last = new Uint8Array(4096);
  const length = new Uint16Array(4096);
  for (let i = 0; i < 256; i++) {
    last[i] = i;
    length[i] = 1;
  }
  let [next, width, bits, held, at, before] = [258, 9, 0, 0, 0, -1];
  const firstOf = (code: number) => {
    let c = code;
    while (length[c]! > 1) c = prefix[c]!;
    return last[c]!;
  };
  const write = (code: number) => {
    let c = code;
    for (let place = at + length[code]! - 1; place >= at; place--) {
      if (place < out.length) out[place] = last[c]!;
      c = prefix[c]!;
    }
    at += length[code]!;
  };
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xffffff;
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = (held >> bits) & ((1 << width) - 1);
    if (code === 257 || at >= out.length) break;
    if (code === 256) {
      [next, width, before] = [258, 9, -1];
      continue;
    }
    if (before < 0) {
      if (code > 255) return at;
      write(code);
    } else {
      if (code > next || next > 4095) return at;
      prefix[next] = before;
      length[next] = length[before]! + 1;
      last[next] = firstOf(code === next ? before : code);
      next++;
      write(code);
    }
    before = code;
    // One code earlier than necessary.
    if (next + 1 >= 1 << width && width < 12) width++;
  }
  return Math.min(at, out.length);
}

/** Decompresses PackBits into `out`; returns the number of bytes written. */
export function unpackBits(bytes: Uint8Array, out: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < bytes.length && at < out.length; ) {
    const n = (bytes[i++]! << 24) >> 24;
    if (n === -128) continue;
    const count = n >= 0 ? n + 1 : 1 - n;
    for (let k = 0; k < count && at < out.length; k++) {
      const from = n >= 0 ? i + k : i;
      if (from >= bytes.length) return at;
      out[at++] = bytes[from]!;
    }
    i += n >= 0 ? count : 1;
  }
  return at;
}

/** Undoes horizontal differencing of a row of pixels of `samples` numbers (predictor 2). */
export function undoDifferences(row: { length: number; [i: number]: number }, samples = 1): void {
  for (let i = samples; i < row.length; i++) row[i]! += row[i - samples]!;
}

/**
 * Undoes the differencing of a row of floating-point numbers whose bytes are stored in planes, most significant first
 * (predictor 3). The result is big endian.
 */
export function undoFloatDifferences(row: Uint8Array, width: number, samples = 1): void {
  undoDifferences(row, samples);
  // A slice of a Buffer would not be a copy.
  const planes = new Uint8Array(row);
  const count = row.length / width;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < width; byte++) row[i * width + byte] = planes[byte * count + i]!;
  }
}
