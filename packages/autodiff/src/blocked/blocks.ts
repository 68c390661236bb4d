import type { OnnxGraph } from '../onnx/onnx-graph.ts';

/** What the kernels write into: a graph, for a machine of one block size (16 with AVX-512, else 8). */
export class Blocks {
  /** Of each reshape's result: what it was made of. */
  readonly #sources = new Map<string, string>();
  /** Tables of row numbers by what they are of, so that layers of one geometry share them. */
  readonly #tables = new Map<string, string>();

  constructor(
    readonly graph: OnnxGraph,
    readonly block: number,
  ) {}

  /** The same numbers under another shape. A reshape of a reshape is one of its source. */
  reshape(x: string, shape: readonly number[]): string {
    const source = this.#sources.get(x) ?? x;
    const result = this.graph.node('Reshape', [source, this.graph.constant(shape, 'int64')]);
    this.#sources.set(result, source);
    return result;
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.graph.node('Transpose', [x], { perm });
  }

  /** Zero padding of a tensor; negative numbers cut. Returns x itself where there is nothing to do. */
  pad(x: string, before: readonly number[], after: readonly number[]): string {
    if ([...before, ...after].every((n) => n === 0)) return x;
    return this.graph.node('Pad', [x, this.graph.constant([...before, ...after], 'int64')]);
  }

  /** Elements start (inclusive) to end (exclusive) of one axis. */
  slice(x: string, axis: number, start: number, end: number): string {
    const int64 = (n: number) => this.graph.constant([n], 'int64');
    return this.graph.node('Slice', [x, int64(start), int64(end), int64(axis)]);
  }

  /** A table that is made once for each key. @returns its name */
  sharedTable(key: string, make: () => string): string {
    const table = this.#tables.get(key) ?? make();
    this.#tables.set(key, table);
    return table;
  }

  /**
   * Rearranges rows of one block of lanes. The provider does so in all threads; its Transpose and Pad use one.
   * @param x [outer, rows, block] of any shape
   * @param table numbers of rows (int32), any shape
   * @returns [outer, …shape of the table, block]
   */
  gatherRows(x: string, table: string, [outer, rows]: readonly [number, number]): string {
    const flat = this.reshape(x, [outer, rows, this.block]);
    return this.graph.node('Gather', [flat, table], { axis: 1 }, { label: 'rows' });
  }
}

/** Row numbers of a transposition: all indices of `sizes` in row-major order, each the sum of index times stride. */
export function rowNumbers(sizes: readonly number[], strides: readonly number[]): Int32Array {
  let numbers = Int32Array.of(0);
  for (const [axis, size] of sizes.entries()) {
    const next = new Int32Array(numbers.length * size);
    for (let i = 0, to = 0; i < numbers.length; i++) {
      for (let j = 0; j < size; j++) next[to++] = numbers[i]! + j * strides[axis]!;
    }
    numbers = next;
  }
  return numbers;
}
