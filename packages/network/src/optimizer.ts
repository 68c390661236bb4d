import { add, divide, type Expression, maximum, multiply, sqrt, square, subtract, sum } from '@nnunet/autodiff';
import { total } from './forward.ts';

/** Stochastic gradient descent with Nesterov's momentum; the defaults are v1's. */
export interface OptimizerOptions {
  momentum: number;
  /** Added to the gradient, times the weight. */
  weightDecay: number;
  /** Greatest norm of all gradients together, before the decay; Infinity for no clipping. */
  clipNorm: number;
}

export const defaultOptimizer: OptimizerOptions = { momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 };

/** L2 norm of all gradients as one vector: a scalar. */
export function gradientNorm(gradients: readonly Expression[]): Expression {
  return sqrt(total(gradients.map((g) => sum(square(g)))));
}

/** The factor of PyTorch's clip_grad_norm_: min(1, limit / (norm + 1e-6)). */
export function clipFactor(norm: Expression, limit: number): Expression {
  return divide(1, maximum(multiply(add(norm, 1e-6), 1 / limit), 1));
}

/**
 * One step for one parameter, as torch.optim.SGD with nesterov:
 * g = factor * gradient + decay * w; v' = momentum * v + g; w' = w - rate * (g + momentum * v').
 * @param state `gradient` undefined: it is zero (a bias before a norm), and decay and momentum alone move the weight
 */
export function sgdStep(
  state: {
    weight: Expression;
    momentum: Expression;
    gradient: Expression | undefined;
    factor: Expression;
    rate: Expression;
  },
  options: OptimizerOptions,
): { weight: Expression; momentum: Expression } {
  const { weight, gradient, factor, rate } = state;
  const decay = multiply(weight, options.weightDecay);
  const g = gradient === undefined ? decay : add(multiply(gradient, factor), decay);
  const momentum = add(multiply(state.momentum, options.momentum), g);
  return { momentum, weight: subtract(weight, multiply(rate, add(g, multiply(momentum, options.momentum)))) };
}
