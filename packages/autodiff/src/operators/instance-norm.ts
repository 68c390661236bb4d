import {
  checkShapes,
  type Expression,
  type GradientRules,
  type InstanceNormAttributes,
  makeExpression,
} from '../expression.ts';

/**
 * leakyRelu(norm(x) * gamma + beta). Normalises each sample's channel over its spatial axes with the population
 * variance: norm(x) = (x - mean) / sqrt(variance + epsilon). Norm and activation are one operator because they are
 * computed in one pass. Ulyanov et al. 2016.
 * @param x (N, C, …spatial)
 * @param gamma (C)
 * @param beta (C)
 * @param options `negativeSlope`: 1 for no activation, 0 for a ReLU. Default: 1
 */
export function instanceNorm(
  x: Expression,
  gamma: Expression,
  beta: Expression,
  { epsilon = 1e-5, negativeSlope = 1 }: Partial<InstanceNormAttributes> = {},
): Expression {
  const inputs = [x, gamma, beta];
  checkShapes(
    [gamma, beta].every((e) => e.shape.length === 1 && e.shape[0] === x.shape[1]),
    'instanceNorm',
    inputs,
  );
  return makeExpression({ op: 'instanceNorm', inputs, attributes: { epsilon, negativeSlope }, shape: x.shape });
}

/**
 * Gradients of `instanceNorm` with respect to x, gamma and beta; select one with `part` 0, 1 or 2.
 * @param dy (N, C, …spatial)
 */
export function instanceNormGradient(inputs: {
  x: Expression;
  gamma: Expression;
  beta: Expression;
  dy: Expression;
  attributes: InstanceNormAttributes;
}): Expression {
  const { x, gamma, beta, dy, attributes } = inputs;
  checkShapes(x.shape.join() === dy.shape.join(), 'instanceNormGradient', [x, dy]);
  return makeExpression({ op: 'instanceNormGradient', inputs: [x, gamma, beta, dy], attributes, shape: x.shape });
}

/** Selects one result of an operator with several. */
export function part(of: Expression, index: 0 | 1 | 2): Expression {
  if (of.op !== 'instanceNormGradient') throw new TypeError(`${of.op} has one result`);
  return makeExpression({ op: 'part', inputs: [of], attributes: { index }, shape: of.inputs[index]!.shape });
}

export const instanceNormGradients: GradientRules = {
  instanceNorm: ({ inputs: [x, gamma, beta], attributes }, dy) => {
    const all = instanceNormGradient({ x: x!, gamma: gamma!, beta: beta!, dy, attributes });
    return [part(all, 0), part(all, 1), part(all, 2)];
  },
};
