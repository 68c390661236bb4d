/** High 32 bits of the product of two unsigned 32-bit numbers, computed from halves. */
function multiplyHigh(x: number, mHigh: number, mLow: number): number {
  const a = x >>> 16;
  const b = x & 0xffff;
  const low = Math.imul(a, mLow) + (Math.imul(b, mLow) >>> 16);
  const middle = Math.imul(b, mHigh) + (low & 0xffff);
  return Math.imul(a, mHigh) + (low >>> 16) + (middle >>> 16);
}

/**
 * Philox4x32-10: maps a counter of four words and a key of two to four random words (Salmon, Moraes, Dror, Shaw:
 * "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 */
export function philox(counter: Uint32Array, key0: number, key1: number, out: Uint32Array): void {
  let c0 = counter[0]! | 0;
  let c1 = counter[1]! | 0;
  let c2 = counter[2]! | 0;
  let c3 = counter[3]! | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, 0xd251, 0x1f53);
    const high1 = multiplyHigh(c2, 0xcd9e, 0x8d57);
    const low0 = Math.imul(c0, 0xd2511f53);
    const low1 = Math.imul(c2, 0xcd9e8d57);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}
