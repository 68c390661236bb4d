import type { Expression } from '../expression.ts';
import { add, erf, multiply, softplus, tanh } from './elementwise.ts';

/** x times the normal distribution function of x: x / 2 * (1 + erf(x / sqrt 2)). Hendrycks and Gimpel 2016. */
export function gelu(x: Expression): Expression {
  return multiply(multiply(x, 0.5), add(erf(multiply(x, Math.SQRT1_2)), 1));
}

/** x * tanh(log(1 + exp(x))). Misra 2019. */
export function mish(x: Expression): Expression {
  return multiply(x, tanh(softplus(x)));
}
