import type { OnnxGraph } from './onnx/onnx-graph.ts';

/**
 * Keeps the backward pass in order. ONNX Runtime sorts a graph by depth-first search from its outputs. It would
 * therefore compute the weight gradients of many layers only after all input gradients, and everything they need would
 * stay in memory. A zero computed from one element of a result, added to a small operand of a later operator, makes
 * that operator wait.
 */
export class ExecutionOrder {
  #pending: string[] = [];

  readonly #graph: OnnxGraph;

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
  }

  /** Records a result that operators after the next `wait` must wait for. */
  record(value: string): void {
    this.#pending.push(value);
  }

  /**
   * Returns a zero of shape [1] that depends on all results recorded since the last call; undefined if there are none.
   * @param type int64 for shapes (which may only be rearranged memory), the graph's float type for numbers
   */
  wait(type: 'int64' | 'float32' | 'float64'): string | undefined {
    const graph = this.#graph;
    const int64 = (value: number) => graph.constant([value], 'int64');
    const zeros = this.#pending.map((value) => {
      const flat = graph.node('Reshape', [value, int64(-1)]);
      const first = graph.node('Slice', [flat, int64(0), int64(1), int64(0)]);
      const number = type === 'int64' ? graph.cast(first, 'int64') : first;
      return graph.node('Mul', [number, graph.constant([0], type)]);
    });
    this.#pending = [];
    return zeros.length === 0 ? undefined : zeros.reduce((a, b) => graph.node('Add', [a, b]));
  }
}
