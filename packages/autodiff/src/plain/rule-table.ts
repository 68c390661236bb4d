import type { ExpressionOf, Operator } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';

/**
 * Rules that write operators as standard ONNX operators and return the name of the value, or the names of its parts.
 */
export type PlainRules<O extends Operator> = {
  readonly [P in O]: (context: LoweringContext, expression: ExpressionOf<P>) => string | string[];
};
