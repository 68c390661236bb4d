import type { OnnxGraph } from '../onnx/onnx-graph.ts';
import { type Blocks, reshape } from './layout.ts';

/** Of each graph: tables of row numbers by what they are of, so that layers of one geometry share them. */
const tablesOfGraphs = new WeakMap<OnnxGraph, Map<string, string>>();

/** A table that is made once for each key and graph. @returns its name */
export function sharedTable({ graph }: Blocks, key: string, make: () => string): string {
  const tables = tablesOfGraphs.get(graph) ?? new Map<string, string>();
  tablesOfGraphs.set(graph, tables);
  const table = tables.get(key) ?? make();
  tables.set(key, table);
  return table;
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

/**
 * Rearranges rows of one block of lanes. The provider does so in all threads; its Transpose and Pad use one.
 * @param x [outer, rows, block] of any shape
 * @param table numbers of rows (int32), any shape
 * @returns [outer, …shape of the table, block]
 */
export function gatherRows(blocks: Blocks, x: string, table: string, [outer, rows]: readonly [number, number]): string {
  const flat = reshape(blocks, x, [outer, rows, blocks.block]);
  return blocks.graph.node('Gather', [flat, table], { axis: 1 }, { label: 'rows' });
}
