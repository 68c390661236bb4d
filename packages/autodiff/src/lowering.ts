import type { ExecutionOrder } from './execution-order.ts';
import type { Expression } from './expression.ts';
import type { ElementType } from './onnx/encode-graph.ts';
import type { OnnxGraph } from './onnx/onnx-graph.ts';

/** What the rules of a lowering work with while a graph is written. */
export interface LoweringContext {
  readonly graph: OnnxGraph;
  /** What 'float' stands for. */
  readonly floatType: 'float32' | 'float64';
  /** By which the steps of the backward pass wait for each other. */
  readonly order: ExecutionOrder;
  /**
   * Name of an expression's value in the ordinary layout (row-major, the expression's shape). The expression has been
   * emitted: expressions are emitted in the order of their making.
   */
  plain(expression: Expression): string;
  /** A constant of the float type: a scalar for a number, else of the given shape (one axis if not given). */
  float(values: number | readonly number[], shape?: readonly number[]): string;
  /** Expressions of the graph that read this one, each once. */
  consumers(expression: Expression): readonly Expression[];
  /** Whether the expression is itself an output of the graph (and so wanted in the ordinary layout). */
  isOutput(expression: Expression): boolean;
}

/**
 * Writes some of the operators in a form of its own; what it leaves is written by the plain rules. It keeps the values
 * that it made in whatever layout it likes and converts when asked.
 */
export interface Lowering {
  /** Writes the expression, or does nothing and returns false: then the plain rule is used. */
  emit(expression: Expression): boolean;
  /** Ordinary-layout name of a value that `emit` took. Asked for once at most, only where something needs it. */
  toPlain(expression: Expression): string;
}

export type LoweringFactory = (context: LoweringContext) => Lowering;

/** An input or output of a lowered graph. */
export interface GraphPort {
  name: string;
  shape: readonly number[];
  type: ElementType;
}

export interface LoweredGraph {
  /** The bytes of an .onnx file. */
  model: Uint8Array;
  inputs: GraphPort[];
  outputs: GraphPort[];
}
