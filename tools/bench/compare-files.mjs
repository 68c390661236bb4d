import { readFileSync } from 'node:fs';

function floats(path) {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** Greatest absolute difference of two files of float32, and the range of the first. NaN where the lengths differ. */
export function differenceOf(a, b) {
  const [own, other] = [floats(a), floats(b)];
  if (own.length !== other.length) return { greatest: Number.NaN, range: Number.NaN };
  let [greatest, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < own.length; i++) {
    const d = Math.abs(own[i] - other[i]);
    if (!(d <= greatest)) greatest = d;
    if (own[i] < low) low = own[i];
    if (own[i] > high) high = own[i];
  }
  return { greatest, range: high - low };
}

/** Share of elements (of `width` bytes) of two files that are not equal; NaN where the lengths differ. */
export function shareUnequal(a, b, width = 4) {
  const [own, other] = [readFileSync(a), readFileSync(b)];
  if (own.length !== other.length) return Number.NaN;
  let unequal = 0;
  for (let i = 0; i < own.length; i += width) {
    for (let j = 0; j < width; j++) {
      if (own[i + j] !== other[i + j]) {
        unequal++;
        break;
      }
    }
  }
  return (unequal * width) / own.length;
}
