import type { Expression } from '@nnunet/autodiff';
import { add, divide, exp, maximum, multiply, sqrt, square, subtract } from '@nnunet/autodiff/operators';
import type { Optimizer, OptimizerStep } from './optimizer.ts';

/** Settings of the optimisers of v1. */
interface Settings {
  /** Decay factor of the velocity, or of Adam's first moment. */
  readonly momentum: number;
  /** Multiplied by the weight and added to the gradient. */
  readonly weightDecay: number;
  readonly clipNorm: number;
}

/**
 * Stochastic gradient descent like torch.optim.SGD with nesterov: g = factor * gradient + decay * w; v' = momentum * v + g; w' =
 * w - rate * (g + momentum * v'). The settings are v1's.
 */
export const sgd: Optimizer<'momentum'> & Settings = {
  name: 'sgd',
  momentum: 0.99,
  weightDecay: 3e-5,
  clipNorm: 12,
  state: ({ shape }) => ({ momentum: shape }),
  step({ weight, gradient, factor, state, rate }) {
    const g = decayed({ weight, gradient, factor }, this.weightDecay);
    const momentum = add(multiply(state.momentum, this.momentum), g);
    return { weight: subtract(weight, multiply(rate, add(g, multiply(momentum, this.momentum)))), state: { momentum } };
  },
};

const ADAM_EPSILON = 1e-8;

/**
 * Adam like torch.optim.Adam with amsgrad: the first moment is divided by the greatest second moment so far. The
 * settings are v1's; its first generation of trainers uses it with a learning rate of 3e-4.
 */
export const adam: Optimizer<'momentum' | 'second' | 'greatest', 'step'> &
  Settings & {
    /** Decay factor of the second moment. */
    readonly secondMomentum: number;
  } = {
  name: 'adam',
  momentum: 0.9,
  secondMomentum: 0.999,
  weightDecay: 3e-5,
  clipNorm: 12,
  state: ({ shape }) => ({ momentum: shape, second: shape, greatest: shape }),
  /** Number of steps before this one. */
  common: { step: [1] },
  nextCommon: ({ step }) => ({ step: add(step, 1) }),
  step({ weight, gradient, factor, state, common, rate }) {
    const [keepFirst, keepSecond] = [this.momentum, this.secondMomentum];
    const g = decayed({ weight, gradient, factor }, this.weightDecay);
    const momentum = add(multiply(state.momentum, keepFirst), multiply(g, 1 - keepFirst));
    const second = add(multiply(state.second, keepSecond), multiply(square(g), 1 - keepSecond));
    const greatest = maximum(state.greatest, second);
    // Corrects the bias of moments that start at 0.
    const correction = (keep: number) => subtract(1, exp(multiply(add(common.step, 1), Math.log(keep))));
    const size = add(divide(sqrt(greatest), sqrt(correction(keepSecond))), ADAM_EPSILON);
    const move = multiply(divide(rate, correction(keepFirst)), divide(momentum, size));
    return { weight: subtract(weight, move), state: { momentum, second, greatest } };
  },
};

function decayed(
  { weight, gradient, factor }: Pick<OptimizerStep, 'weight' | 'gradient' | 'factor'>,
  weightDecay: number,
): Expression {
  const decay = multiply(weight, weightDecay);
  return gradient === undefined ? decay : add(multiply(gradient, factor), decay);
}
