/** Values in ascending order, each once, and how often each occurs. */
export interface ValueCounts {
  readonly values: Float32Array;
  readonly counts: Uint32Array;
}

/**
 * Sorts values and adds up the counts of equal ones; values that occur 0 times are left out.
 *
 * @param values no NaN
 * @param counts one per value
 */
export function sortedCounts(values: Float32Array, counts: Uint32Array): ValueCounts {
  const sorted = sortedBy(ascendingKeys(values));
  const own = new Float32Array(values.length);
  const sums = new Uint32Array(values.length);
  let distinct = 0;
  for (const index of sorted) {
    if (counts[index] === 0) continue;
    if (distinct === 0 || own[distinct - 1] !== values[index]) own[distinct++] = values[index]!;
    sums[distinct - 1]! += counts[index]!;
  }
  return { values: own.slice(0, distinct), counts: sums.slice(0, distinct) };
}

/** Unsigned integers in the order of the floats. */
function ascendingKeys(values: Float32Array): Uint32Array {
  const bits = new Uint32Array(values.slice().buffer);
  // Negative numbers have the sign bit set, and their magnitude grows downwards.
  for (let i = 0; i < bits.length; i++) bits[i] = bits[i]! ^ (bits[i]! >>> 31 === 1 ? 0xffffffff : 0x80000000);
  return bits;
}

/** Indices in ascending order of the keys: by the lower, then by the upper 16 bits. */
function sortedBy(keys: Uint32Array): Uint32Array {
  let order = Uint32Array.from(keys, (_, i) => i);
  for (const shift of [0, 16]) {
    const starts = new Uint32Array(65537);
    for (let i = 0; i < keys.length; i++) starts[((keys[i]! >>> shift) & 0xffff) + 1]!++;
    for (let digit = 0; digit < 65536; digit++) starts[digit + 1]! += starts[digit]!;
    const next = new Uint32Array(keys.length);
    for (const index of order) next[starts[(keys[index]! >>> shift) & 0xffff]!++] = index;
    order = next;
  }
  return order;
}

/** Joins two lists of counts. */
export function addCounts(a: ValueCounts, b: ValueCounts): ValueCounts {
  const values = new Float32Array(a.values.length + b.values.length);
  const counts = new Uint32Array(values.length);
  let [i, j, n] = [0, 0, 0];
  while (i < a.values.length || j < b.values.length) {
    const left = i < a.values.length ? a.values[i]! : Number.POSITIVE_INFINITY;
    const right = j < b.values.length ? b.values[j]! : Number.POSITIVE_INFINITY;
    values[n] = Math.min(left, right);
    if (left <= right) counts[n]! += a.counts[i++]!;
    if (right <= left) counts[n]! += b.counts[j++]!;
    n++;
  }
  return { values: values.slice(0, n), counts: counts.slice(0, n) };
}

/** The value at a place, from 0, of the ascending list with all repetitions. */
export function valueAt({ values, counts }: ValueCounts, place: number): number {
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    before += counts[i]!;
    if (place < before) return values[i]!;
  }
  throw new RangeError(`there are only ${before} values`);
}
