/** A matrix that is applied along one axis. Row i has nonzero weights only in columns [from, to). */
export interface AxisMatrix {
  rows: number;
  columns: number;
  /** (rows, columns) */
  weights: Float64Array;
  from: Int32Array;
  to: Int32Array;
}

/** Creates a matrix from its entries; entries before `from(i)` and from `to(i)` on are 0. */
export function axisMatrix(
  rows: number,
  columns: number,
  entry: (i: number, j: number) => number,
  band: (i: number) => readonly [number, number] = () => [0, columns],
): AxisMatrix {
  const matrix: AxisMatrix = {
    rows,
    columns,
    weights: new Float64Array(rows * columns),
    from: new Int32Array(rows),
    to: new Int32Array(rows),
  };
  for (let i = 0; i < rows; i++) {
    const [from, to] = band(i);
    matrix.from[i] = Math.max(0, from);
    matrix.to[i] = Math.min(columns, to);
    for (let j = matrix.from[i]!; j < matrix.to[i]!; j++) matrix.weights[i * columns + j] = entry(i, j);
  }
  return matrix;
}

/**
 * Multiplies every line along one axis by a matrix; the axis then has length `matrix.rows`.
 *
 * @param values row-major over `shape`; `shape[axis]` must equal `matrix.columns`
 */
export function multiplyAxis(
  values: Float64Array,
  shape: readonly number[],
  axis: number,
  matrix: AxisMatrix,
): Float64Array {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const { rows, columns, weights } = matrix;
  const out = new Float64Array(outer * rows * inner);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < rows; i++) {
      const from = matrix.from[i]!;
      const to = matrix.to[i]!;
      const source = o * columns * inner;
      const target = (o * rows + i) * inner;
      if (inner === 1) {
        let sum = 0;
        for (let j = from; j < to; j++) sum += weights[i * columns + j]! * values[source + j]!;
        out[target] = sum;
        continue;
      }
      for (let j = from; j < to; j++) {
        const weight = weights[i * columns + j]!;
        const row = source + j * inner;
        for (let x = 0; x < inner; x++) out[target + x] = out[target + x]! + weight * values[row + x]!;
      }
    }
  }
  return out;
}
