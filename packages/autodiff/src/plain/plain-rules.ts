import type { Operator } from '../expression.ts';
import { convolutionRules } from './convolution-rules.ts';
import { elementwiseRules } from './elementwise-rules.ts';
import { instanceNormRules } from './instance-norm-rules.ts';
import { interpolateRules } from './interpolate-rules.ts';
import { layoutRules } from './layout-rules.ts';
import type { PlainRules } from './rule-table.ts';

/** Operators that are not nodes of their own in a plain graph. */
type Implicit = 'input' | 'constant' | 'part';

export const plainRules: PlainRules<Exclude<Operator, Implicit>> = {
  ...elementwiseRules,
  ...interpolateRules,
  ...layoutRules,
  ...instanceNormRules,
  ...convolutionRules,
};
