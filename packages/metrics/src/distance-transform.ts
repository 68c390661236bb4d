/**
 * Returns the squared Euclidean distance of every voxel to the nearest set voxel, in mm²; Infinity if no voxel is set.
 * The result is exact: one axis is processed after the other, and each line is the lower envelope of one parabola per
 * voxel (Felzenszwalb and Huttenlocher, 2012).
 *
 * @param mask nonzero means set
 * @param shape (z, y, x), x fastest
 * @param spacing mm, (z, y, x)
 */
export function squaredDistanceTransform(
  mask: Uint8Array,
  shape: readonly [number, number, number],
  spacing: readonly [number, number, number],
): Float64Array {
  const distances = new Float64Array(mask.length);
  for (let i = 0; i < mask.length; i++) distances[i] = mask[i] === 0 ? Number.POSITIVE_INFINITY : 0;
  const [nz, ny, nx] = shape;
  const envelope = new Envelope(Math.max(nz, ny, nx));
  for (let row = 0; row < nz * ny; row++) envelope.apply(distances, row * nx, 1, nx, spacing[2]);
  for (let z = 0; z < nz; z++) {
    for (let x = 0; x < nx; x++) envelope.apply(distances, z * ny * nx + x, nx, ny, spacing[1]);
  }
  for (let column = 0; column < ny * nx; column++) envelope.apply(distances, column, ny * nx, nz, spacing[0]);
  return distances;
}

/** Replaces the values f of a line by the minimum over q of (s (p − q))² + f(q). */
class Envelope {
  readonly #values: Float64Array;
  readonly #apexes: Int32Array;
  readonly #starts: Float64Array;

  constructor(longest: number) {
    this.#values = new Float64Array(longest);
    this.#apexes = new Int32Array(longest);
    this.#starts = new Float64Array(longest + 1);
  }

  apply(data: Float64Array, offset: number, stride: number, length: number, spacing: number): void {
    const [values, apexes, starts] = [this.#values, this.#apexes, this.#starts];
    const square = spacing * spacing;
    let last = -1;
    for (let q = 0; q < length; q++) {
      const value = data[offset + q * stride]!;
      values[q] = value;
      if (value === Number.POSITIVE_INFINITY) continue;
      // Drop the parabolas that the new one undercuts over their whole range.
      let start = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        const p = apexes[last]!;
        start = ((value - values[p]!) / square + (q * q - p * p)) / (2 * (q - p));
        if (start > starts[last]!) break;
        last--;
        start = Number.NEGATIVE_INFINITY;
      }
      last++;
      apexes[last] = q;
      starts[last] = start;
    }
    if (last < 0) return;
    starts[last + 1] = Number.POSITIVE_INFINITY;
    let k = 0;
    for (let p = 0; p < length; p++) {
      while (starts[k + 1]! < p) k++;
      const q = apexes[k]!;
      data[offset + p * stride] = square * ((p - q) * (p - q)) + values[q]!;
    }
  }
}
