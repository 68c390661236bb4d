/**
 * Copies the box from `lo` to `hi` (exclusive) out of a row-major array with four axes.
 * @throws RangeError for a box that is not within the array
 */
export function copyChannelBox(
  data: Float32Array,
  shape: readonly [number, number, number, number],
  lo: readonly number[],
  hi: readonly number[],
): Float32Array {
  for (let a = 0; a < 4; a++) {
    if (!(lo[a]! >= 0 && lo[a]! <= hi[a]! && hi[a]! <= shape[a]!)) {
      throw new RangeError(`box ${lo.join(',')} to ${hi.join(',')} lies outside shape ${shape.join(',')}`);
    }
  }
  const [, depth, height, width] = shape;
  const row = hi[3]! - lo[3]!;
  const out = new Float32Array((hi[0]! - lo[0]!) * (hi[1]! - lo[1]!) * (hi[2]! - lo[2]!) * row);
  let at = 0;
  for (let c = lo[0]!; c < hi[0]!; c++) {
    for (let z = lo[1]!; z < hi[1]!; z++) {
      for (let y = lo[2]!; y < hi[2]!; y++) {
        const start = ((c * depth + z) * height + y) * width + lo[3]!;
        out.set(data.subarray(start, start + row), at);
        at += row;
      }
    }
  }
  return out;
}
