import type { ExecutionOrder } from './execution-order.ts';
import type { Expression, Operator } from './expression.ts';
import type { ElementType } from './onnx/encode-graph.ts';
import type { OnnxGraph } from './onnx/onnx-graph.ts';

/** Context for the rules of a lowering while a graph is written. */
export interface LoweringContext {
  readonly graph: OnnxGraph;
  /** The type that 'float' stands for. */
  readonly floatType: 'float32' | 'float64';
  /** Orders the steps of the backward pass. */
  readonly order: ExecutionOrder;
  /**
   * Returns the name of an expression's value in the ordinary layout (row-major, the expression's shape). The
   * expression has already been emitted: expressions are emitted in the order of creation.
   */
  plain(expression: Expression): string;
  /**
   * Creates a constant of the float type: a scalar for a number, otherwise of the given shape. Default shape: one axis.
   */
  float(values: number | readonly number[], shape?: readonly number[]): string;
  /** Expressions of the graph that read this one, without duplicates. */
  consumers(expression: Expression): readonly Expression[];
  /** Whether the expression is itself an output of the graph (and therefore needed in the ordinary layout). */
  isOutput(expression: Expression): boolean;
}

/**
 * Writes some of the operators in its own form; the plain rules write the rest. It may keep its values in any layout
 * and converts them on request.
 */
export interface Lowering {
  /** Writes the expression, or returns false without writing anything, in which case the plain rule is used. */
  emit(expression: Expression): boolean;
  /**
   * Returns the ordinary-layout name of a value that `emit` wrote. Called at most once, and only if the value is
   * needed.
   */
  toPlain(expression: Expression): string;
  /** Whether the plain rule for this expression costs conversions from and to the lowering's layout. */
  leaves?(expression: Expression): boolean;
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

export interface LoweringResult extends LoweredGraph {
  /**
   * Number of operators that the lowering left to the plain rules although the values around them are in its own
   * layout. Each costs conversions.
   */
  plain: Partial<Record<Operator, number>>;
}
