import { checkShapes, type Expression, type GradientRules, makeExpression } from '../expression.ts';
import { exp, leakyRelu, multiply, sigmoid, softplus, square, subtract, tanh } from './elementwise.ts';

/** max(x, 0). */
export const relu = (x: Expression) => leakyRelu(x, 0);

/** x times the normal distribution function of x: x / 2 * (1 + erf(x / sqrt 2)). Hendrycks and Gimpel 2016. */
export function gelu(x: Expression): Expression {
  return makeExpression({ op: 'gelu', inputs: [x], attributes: {}, shape: x.shape });
}

/** Gradient of `gelu` at x. */
export function geluGradient(x: Expression, dy: Expression): Expression {
  checkShapes(x.shape.join() === dy.shape.join(), 'geluGradient', [x, dy]);
  return makeExpression({ op: 'geluGradient', inputs: [x, dy], attributes: {}, shape: x.shape });
}

/** With the density n of the normal distribution, the second derivative of `gelu` is n(x) * (2 - x²). */
export const activationGradients: GradientRules = {
  gelu: ({ inputs: [x] }, dy) => [geluGradient(x!, dy)],
  geluGradient: ({ inputs: [x, dy] }, d) => {
    const density = multiply(exp(multiply(square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [multiply(multiply(d, dy!), multiply(density, subtract(2, square(x!)))), geluGradient(x!, d)];
  },
};

/** x * sigmoid(x), also called swish. Elfwing et al. 2018. */
export function silu(x: Expression): Expression {
  return multiply(x, sigmoid(x));
}

/** x * tanh(log(1 + exp(x))). Misra 2019. */
export function mish(x: Expression): Expression {
  return multiply(x, tanh(softplus(x)));
}
