/** Reorders a value per axis (shape, spacing, …): entry i of the result is values[order[i]]. */
export function permuted<T>(values: readonly T[], order: readonly number[]): T[] {
  return order.map((axis) => values[axis]!);
}

/** Returns the inverse of an axis order. */
export function inverseOrder(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}

/**
 * Transposes a volume: axis i of the result is axis order[i] of `data`. Returns `data` itself if the order is the
 * identity.
 *
 * @param shape (z, y, x) of `data`
 */
export function transposeVolume(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  if (order[0] === 0 && order[1] === 1) return data;
  const strides = [shape[1]! * shape[2]!, shape[2]!, 1];
  const [n0, n1, n2] = permuted(shape, order) as [number, number, number];
  const [s0, s1, s2] = permuted(strides, order) as [number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0, to = 0; i < n0; i++) {
    for (let j = 0; j < n1; j++) {
      let from = i * s0 + j * s1;
      for (let k = 0; k < n2; k++, to++, from += s2) out[to] = data[from]!;
    }
  }
  return out;
}
