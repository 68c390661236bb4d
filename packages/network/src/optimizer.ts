import type { Expression } from '@nnunet/autodiff';
import { add, divide, exp, maximum, multiply, sqrt, square, subtract, sum } from '@nnunet/autodiff/operators';
import { total } from './forward.ts';

/** Stochastic gradient descent with Nesterov momentum, or Adam; the defaults are v1's. */
export interface OptimizerOptions {
  /** Default: 'sgd'. */
  kind?: 'sgd' | 'adam';
  /** Decay factor of the velocity, or of Adam's first moment. */
  momentum: number;
  /** Decay factor of Adam's second moment. Default: 0.999. */
  secondMomentum?: number;
  /** Multiplied by the weight and added to the gradient. */
  weightDecay: number;
  /** Maximum norm of all gradients together, before weight decay; Infinity disables clipping. */
  clipNorm: number;
}

export const defaultOptimizer: OptimizerOptions = { momentum: 0.99, weightDecay: 3e-5, clipNorm: 12 };

/** v1's Adam; its first generation of trainers uses it with a learning rate of 3e-4. */
export const adamOptimizer: OptimizerOptions = { ...defaultOptimizer, kind: 'adam', momentum: 0.9 };

/** Returns the L2 norm of all gradients as one vector: a scalar. */
export function gradientNorm(gradients: readonly Expression[]): Expression {
  return sqrt(total(gradients.map((g) => sum(square(g)))));
}

/** Returns the factor of PyTorch's clip_grad_norm_: min(1, limit / (norm + 1e-6)). */
export function clipFactor(norm: Expression, limit: number): Expression {
  return divide(1, maximum(multiply(add(norm, 1e-6), 1 / limit), 1));
}

/**
 * Computes one step for one parameter, like torch.optim.SGD with nesterov: g = factor * gradient + decay * w; v' =
 * momentum * v + g; w' = w - rate * (g + momentum * v').
 *
 * @param state `gradient`: undefined means zero (a bias before a norm), so that only decay and momentum move the weight
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
  const { weight, rate } = state;
  const g = decayedGradient(state, options);
  const momentum = add(multiply(state.momentum, options.momentum), g);
  return { momentum, weight: subtract(weight, multiply(rate, add(g, multiply(momentum, options.momentum)))) };
}

const ADAM_EPSILON = 1e-8;

/**
 * Computes one step for one parameter, like torch.optim.Adam with amsgrad: the first moment is divided by the greatest
 * second moment so far.
 *
 * @param state `second` and `greatest` second moment; `step`: number of steps before this one, shape (1)
 */
export function adamStep(
  state: {
    weight: Expression;
    momentum: Expression;
    second: Expression;
    greatest: Expression;
    step: Expression;
    gradient: Expression | undefined;
    factor: Expression;
    rate: Expression;
  },
  options: OptimizerOptions,
): { weight: Expression; momentum: Expression; second: Expression; greatest: Expression } {
  const { weight, rate } = state;
  const { momentum: keepFirst, secondMomentum: keepSecond = 0.999 } = options;
  const g = decayedGradient(state, options);
  const momentum = add(multiply(state.momentum, keepFirst), multiply(g, 1 - keepFirst));
  const second = add(multiply(state.second, keepSecond), multiply(square(g), 1 - keepSecond));
  const greatest = maximum(state.greatest, second);
  // Corrects the bias of moments that start at 0.
  const correction = (keep: number) => subtract(1, exp(multiply(add(state.step, 1), Math.log(keep))));
  const size = add(divide(sqrt(greatest), sqrt(correction(keepSecond))), ADAM_EPSILON);
  const move = multiply(divide(rate, correction(keepFirst)), divide(momentum, size));
  return { weight: subtract(weight, move), momentum, second, greatest };
}

function decayedGradient(
  { weight, gradient, factor }: { weight: Expression; gradient: Expression | undefined; factor: Expression },
  { weightDecay }: OptimizerOptions,
): Expression {
  const decay = multiply(weight, weightDecay);
  return gradient === undefined ? decay : add(multiply(gradient, factor), decay);
}
