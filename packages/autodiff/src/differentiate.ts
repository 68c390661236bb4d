import { sizeOf } from '@nnunet/tensor';
import type { Expression, GradientRules } from './expression.ts';
import { activationGradients } from './operators/activations.ts';
import { averageGradients } from './operators/averages.ts';
import { convolutionGradients } from './operators/convolution.ts';
import { add, elementwiseGradients } from './operators/elementwise.ts';
import { instanceNormGradients } from './operators/instance-norm.ts';
import { interpolateGradients } from './operators/interpolate.ts';
import { labelGradients } from './operators/labels.ts';
import { layoutGradients } from './operators/layout.ts';
import { matmulGradients } from './operators/matmul.ts';
import { reductionGradients } from './operators/reduction.ts';
import { softmaxGradients } from './operators/softmax.ts';
import { constant } from './operators/source.ts';
import { reachable } from './reachable.ts';

const rules: GradientRules = {
  ...activationGradients,
  ...averageGradients,
  ...convolutionGradients,
  ...elementwiseGradients,
  ...instanceNormGradients,
  ...interpolateGradients,
  ...labelGradients,
  ...layoutGradients,
  ...matmulGradients,
  ...reductionGradients,
  ...softmaxGradients,
};

/**
 * Computes gradients by reverse-mode differentiation.
 * @param scalar an expression with one element
 * @param wrt inputs or other expressions of the graph with respect to which to differentiate
 * @param seed gradient of the overall result with respect to `scalar`. Default: 1
 * @returns the gradients, in the order and with the shapes of `wrt`; zeros where the scalar does not depend on it
 * @throws TypeError for an operator without a gradient rule (such as the gradient of a norm's gradient)
 */
export function differentiate(scalar: Expression, wrt: readonly Expression[], seed?: Expression): Expression[] {
  if (sizeOf(scalar.shape) !== 1) throw new RangeError(`the shape ${scalar.shape.join('x')} is not that of a scalar`);
  const one = seed ?? constant({ data: Float64Array.of(1), shape: scalar.shape });
  return pullBack([[scalar, one]], wrt);
}

/**
 * Computes a vector-Jacobian product: propagates gradients of several expressions back at once, for example where a
 * graph was cut.
 * @param seeds expressions, and the gradients of the overall result with respect to them (same shapes)
 * @param wrt see {@link differentiate}
 */
export function pullBack(
  seeds: readonly (readonly [Expression, Expression])[],
  wrt: readonly Expression[],
): Expression[] {
  const nodes = reachable(seeds.map(([e]) => e));
  const wanted = new Set(wrt.map((e) => e.id));
  const dependent = new Set<number>();
  for (const e of nodes) {
    if (wanted.has(e.id) || e.inputs.some((i) => dependent.has(i.id))) dependent.add(e.id);
  }
  const gradients = new Map<number, Expression>();
  const accumulate = (e: Expression, gradient: Expression) => {
    const known = gradients.get(e.id);
    gradients.set(e.id, known === undefined ? gradient : add(known, gradient));
  };
  for (const [e, gradient] of seeds) accumulate(e, gradient);
  for (const e of nodes.reverse()) {
    const gradient = gradients.get(e.id);
    if (gradient === undefined || !e.inputs.some((i) => dependent.has(i.id))) continue;
    const rule = rules[e.op] as
      | ((e: Expression, gradient: Expression) => readonly (Expression | undefined)[])
      | undefined;
    if (rule === undefined) throw new TypeError(`${e.op} has no gradient rule`);
    const parts = rule(e, gradient);
    e.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part !== undefined && dependent.has(input.id)) accumulate(input, part);
    });
  }
  return wrt.map((e) => gradients.get(e.id) ?? constant({ data: new Float32Array(sizeOf(e.shape)), shape: e.shape }));
}
