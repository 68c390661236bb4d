import type { Expression } from '../expression.ts';
import { add, erf, leakyRelu, multiply, sigmoid, softplus, tanh } from './elementwise.ts';

/** max(x, 0). */
export const relu = (x: Expression) => leakyRelu(x, 0);

/** x times the normal distribution function of x: x / 2 * (1 + erf(x / sqrt 2)). Hendrycks and Gimpel 2016. */
export function gelu(x: Expression): Expression {
  return multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
}

/** x * sigmoid(x), also called swish. Elfwing et al. 2018. */
export function silu(x: Expression): Expression {
  return multiply(x, sigmoid(x));
}

/** x * tanh(log(1 + exp(x))). Misra 2019. */
export function mish(x: Expression): Expression {
  return multiply(x, tanh(softplus(x)));
}
