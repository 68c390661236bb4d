import type { ExpressionOf, Operator } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';

/** How operators are written with ONNX's standard operators: rules return the name of the value, or names of its parts. */
export type PlainRules<O extends Operator> = {
  readonly [P in O]: (context: LoweringContext, expression: ExpressionOf<P>) => string | string[];
};
