import type { OnnxGraph } from '../onnx/onnx-graph.ts';

/** The graph that the kernels write to, for a given block size (16 with AVX-512, else 8). */
export class Blocks {
  /** The source of each reshaped value. */
  readonly #sources = new Map<string, string>();
  /** Tables of row numbers by key, so that layers of equal geometry share them. */
  readonly #tables = new Map<string, string>();

  constructor(
    readonly graph: OnnxGraph,
    readonly block: number,
  ) {}

  /** Reshapes a tensor. A reshape of a reshape refers to the original source. */
  reshape(x: string, shape: readonly number[]): string {
    const source = this.#sources.get(x) ?? x;
    const result = this.graph.node('Reshape', [source, this.graph.constant(shape, 'int64')]);
    this.#sources.set(result, source);
    return result;
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.graph.node('Transpose', [x], { perm });
  }

  /** Pads a tensor with zeros; negative numbers crop. Returns x itself if there is nothing to do. */
  pad(x: string, before: readonly number[], after: readonly number[]): string {
    if ([...before, ...after].every((n) => n === 0)) return x;
    return this.graph.node('Pad', [x, this.graph.constant([...before, ...after], 'int64')]);
  }

  /** Takes elements start (inclusive) to end (exclusive) along one axis. */
  slice(x: string, axis: number, start: number, end: number): string {
    const int64 = (n: number) => this.graph.constant([n], 'int64');
    return this.graph.node('Slice', [x, int64(start), int64(end), int64(axis)]);
  }

  /** Creates a table once per key. @returns its name */
  sharedTable(key: string, make: () => string): string {
    const table = this.#tables.get(key) ?? make();
    this.#tables.set(key, table);
    return table;
  }

  /**
   * Rearranges rows of one block of lanes. The provider does this in all threads, whereas its Transpose and Pad use
   * one.
   * @param x [outer, rows, block], of any shape
   * @param table row numbers (int32), any shape
   * @returns [outer, …shape of the table, block]
   */
  gatherRows(x: string, table: string, [outer, rows]: readonly [number, number]): string {
    const flat = this.reshape(x, [outer, rows, this.block]);
    return this.graph.node('Gather', [flat, table], { axis: 1 }, { label: 'rows' });
  }
}

/** Row numbers of a transposition: for all indices of `sizes` in row-major order, the sum of index times stride. */
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
