type Triple = readonly [number, number, number];

export interface DistanceGrid {
  /** (z, y, x), x fastest */
  shape: Triple;
  /** mm, (z, y, x) */
  spacing: Triple;
  /** Where to write the result, whatever it contains: memory is slow to get. Default: a new array. */
  into?: Float64Array;
}

/**
 * Returns the squared Euclidean distance of voxels to the nearest set voxel, in mm²; Infinity if no voxel is set. The
 * result is exact: one axis is processed after the other, and each line is the lower envelope of one parabola per voxel
 * (Felzenszwalb and Huttenlocher, 2012).
 *
 * @param mask nonzero means set
 * @param at nonzero where a distance is wanted; elsewhere the result is undefined
 */
export function squaredDistancesAt(
  at: Uint8Array,
  mask: Uint8Array,
  { shape: [nz, ny, nx], spacing, into: distances = new Float64Array(mask.length) }: DistanceGrid,
): Float64Array {
  const plane = ny * nx;
  // Of the lines along z, only those with a wanted voxel are needed.
  const wanted = new Uint8Array(plane);
  for (let i = 0; i < at.length; ) for (let j = 0; j < plane; j++, i++) wanted[j]! |= at[i]!;
  const envelope = new Envelope(Math.max(ny, nz));
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) distancesInRow(distances, mask, z * plane + y * nx, nx, spacing[2]);
    for (let x = 0; x < nx; x++)
      envelope.apply(distances, { from: z * plane + x, stride: nx, length: ny, spacing: spacing[1] }, wanted, x);
  }
  for (let column = 0; column < plane; column++) {
    if (wanted[column] === 0) continue;
    envelope.apply(distances, { from: column, stride: plane, length: nz, spacing: spacing[0] }, at, column);
  }
  return distances;
}

/** Fills a row with the squared distances to the nearest set voxel in it; Infinity if there is none. */
function distancesInRow(
  distances: Float64Array,
  mask: Uint8Array,
  from: number,
  length: number,
  spacing: number,
): void {
  const square = spacing * spacing;
  let nearest = Number.NEGATIVE_INFINITY;
  for (let x = 0; x < length; x++) {
    if (mask[from + x] !== 0) nearest = x;
    distances[from + x] = square * ((x - nearest) * (x - nearest));
  }
  nearest = Number.POSITIVE_INFINITY;
  for (let x = length - 1; x >= 0; x--) {
    if (mask[from + x] !== 0) nearest = x;
    const distance = square * ((nearest - x) * (nearest - x));
    if (distance < distances[from + x]!) distances[from + x] = distance;
  }
}

/** Voxels from `from`, `stride` elements apart. */
interface Line {
  from: number;
  stride: number;
  length: number;
  /** mm */
  spacing: number;
}

/** Replaces the values f of a line by the minimum over q of (s (p − q))² + f(q). */
class Envelope {
  readonly #values: Float64Array;
  readonly #apexes: Int32Array;
  readonly #heights: Float64Array;
  readonly #starts: Float64Array;
  /** 1 / (2 n) */
  readonly #halves: Float64Array;

  constructor(longest: number) {
    this.#values = new Float64Array(longest);
    this.#apexes = new Int32Array(longest);
    this.#heights = new Float64Array(longest);
    this.#starts = new Float64Array(longest + 1);
    this.#halves = Float64Array.from({ length: longest }, (_, n) => 1 / (2 * n));
  }

  /** @param wanted nonzero, from `first` on at the line's stride, where a value is replaced */
  apply(data: Float64Array, { from, stride, length, spacing }: Line, wanted: Uint8Array, first: number): void {
    const [values, apexes, heights, starts, halves] = [
      this.#values,
      this.#apexes,
      this.#heights,
      this.#starts,
      this.#halves,
    ];
    const square = spacing * spacing;
    const inverse = 1 / square;
    let last = -1;
    for (let q = 0, i = from; q < length; q++, i += stride) {
      const value = data[i]!;
      if (value === Number.POSITIVE_INFINITY) continue;
      const height = value * inverse + q * q;
      // Drop the parabolas that the new one undercuts over their whole range.
      let start = Number.NEGATIVE_INFINITY;
      while (last >= 0) {
        start = (height - heights[last]!) * halves[q - apexes[last]!]!;
        if (start > starts[last]!) break;
        last--;
        start = Number.NEGATIVE_INFINITY;
      }
      last++;
      values[last] = value;
      apexes[last] = q;
      heights[last] = height;
      starts[last] = start;
    }
    if (last < 0) return;
    starts[last + 1] = Number.POSITIVE_INFINITY;
    for (let p = 0, k = 0, i = from, j = first; p < length; p++, i += stride, j += stride) {
      if (wanted[j] === 0) continue;
      while (starts[k + 1]! < p) k++;
      const away = p - apexes[k]!;
      data[i] = square * (away * away) + values[k]!;
    }
  }
}
