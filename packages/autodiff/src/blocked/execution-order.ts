import { type Blocks, reshape, slice } from './layout.ts';

/**
 * Keeps the backward pass in order. ONNX Runtime sorts a graph by depth-first search from its results, and so would run the
 * weight gradients of many layers after all input gradients, while everything they need fills the memory. A zero made of
 * one number of a result, added to the shape of a later reshape, makes that wait.
 */
export class ExecutionOrder {
  private pending: string[] = [];

  constructor(private readonly blocks: Blocks) {}

  /** Notes a result that what comes after the next `wait` has to wait for. */
  record(value: string): void {
    this.pending.push(value);
  }

  /** A zero, int64 [1], that depends on all results noted since the last call; undefined where there are none. */
  wait(): string | undefined {
    const { graph } = this.blocks;
    const numbers = this.pending.map((value) => {
      const first = slice(this.blocks, reshape(this.blocks, value, [-1]), 0, 0, 1);
      return graph.node('Mul', [graph.node('Cast', [first], { to: 7 }), graph.constant([0], 'int64')]);
    });
    this.pending = [];
    return numbers.length === 0 ? undefined : numbers.reduce((a, b) => graph.node('Add', [a, b]));
  }
}

/** Reshapes, after the results that the zero `wait` stands for. */
export function reshapeAfter(blocks: Blocks, x: string, shape: readonly number[], wait: string | undefined): string {
  if (wait === undefined) return reshape(blocks, x, shape);
  const { graph } = blocks;
  return graph.node('Reshape', [x, graph.node('Add', [graph.constant(shape, 'int64'), wait])]);
}
