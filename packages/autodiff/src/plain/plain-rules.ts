import type { ExpressionOf, Operator } from '../expression.ts';
import type { LoweringContext } from '../lowering.ts';
import { convolutionRules } from './convolution-rules.ts';
import { elementwiseRules } from './elementwise-rules.ts';
import { instanceNormRules } from './instance-norm-rules.ts';
import { layoutRules } from './layout-rules.ts';

/** Operators that are no nodes of their own in a plain graph. */
type Implicit = 'input' | 'constant' | 'part';

/** How operators are written with ONNX's standard operators: rules return the name of the value, or names of its parts. */
export type PlainRules<O extends Operator> = {
  readonly [P in O]: (context: LoweringContext, expression: ExpressionOf<P>) => string | string[];
};

export const plainRules: PlainRules<Exclude<Operator, Implicit>> = {
  ...elementwiseRules,
  ...layoutRules,
  ...instanceNormRules,
  ...convolutionRules,
};
