import type { Expression } from '@nnunet/autodiff';
import { add, divide, exp, maximum, multiply, sqrt, square, subtract } from '@nnunet/autodiff/operators';
import type { Optimizer, OptimizerStep } from './optimizer.ts';

/** Settings of the optimisers. */
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

interface AdamSettings extends Settings {
  /** Decay factor of the second moment. */
  readonly secondMomentum: number;
  /** Whether the weight decays by itself, by rate · weightDecay, instead of by its gradient: AdamW. */
  readonly decoupled: boolean;
}

const adamSettings = { momentum: 0.9, secondMomentum: 0.999, weightDecay: 3e-5, clipNorm: 12, decoupled: false };

/** Number of steps before this one. */
const counted = {
  common: { step: [1] },
  nextCommon: ({ step }: Readonly<Record<'step', Expression>>) => ({ step: add(step, 1) }),
};

/**
 * Adam like torch.optim.Adam with amsgrad: the first moment is divided by the greatest second moment so far. The
 * settings are v1's; its first generation of trainers uses it with a learning rate of 3e-4. With `decoupled` it is
 * torch.optim.AdamW with amsgrad.
 */
export const adam: Optimizer<'momentum' | 'second' | 'greatest', 'step'> & AdamSettings = {
  name: 'adam',
  ...adamSettings,
  ...counted,
  state: ({ shape }) => ({ momentum: shape, second: shape, greatest: shape }),
  step(given) {
    const moments = nextMoments(given, this);
    const greatest = maximum(given.state.greatest, moments.second);
    return { weight: adamWeight(given, this, moments.momentum, greatest), state: { ...moments, greatest } };
  },
};

/** Adam like torch.optim.Adam: the first moment is divided by the second. */
export const plainAdam: Optimizer<'momentum' | 'second', 'step'> & AdamSettings = {
  name: 'plain adam',
  ...adamSettings,
  ...counted,
  state: ({ shape }) => ({ momentum: shape, second: shape }),
  step(given) {
    const moments = nextMoments(given, this);
    return { weight: adamWeight(given, this, moments.momentum, moments.second), state: moments };
  },
};

type AdamStep = OptimizerStep<'momentum' | 'second', 'step'>;

function nextMoments({ weight, gradient, factor, state }: AdamStep, settings: AdamSettings) {
  const { momentum: keepFirst, secondMomentum: keepSecond, decoupled, weightDecay } = settings;
  const g = decayed({ weight, gradient, factor }, decoupled ? 0 : weightDecay);
  return {
    momentum: add(multiply(state.momentum, keepFirst), multiply(g, 1 - keepFirst)),
    second: add(multiply(state.second, keepSecond), multiply(square(g), 1 - keepSecond)),
  };
}

/** The next weight. @param divisor the second moment by which the first is divided */
function adamWeight(
  { weight, common, rate }: AdamStep,
  { momentum: keepFirst, secondMomentum: keepSecond, decoupled, weightDecay }: AdamSettings,
  momentum: Expression,
  divisor: Expression,
): Expression {
  // Corrects the bias of moments that start at 0.
  const correction = (keep: number) => subtract(1, exp(multiply(add(common.step, 1), Math.log(keep))));
  const size = add(divide(sqrt(divisor), sqrt(correction(keepSecond))), ADAM_EPSILON);
  const move = multiply(divide(rate, correction(keepFirst)), divide(momentum, size));
  const kept = decoupled ? multiply(weight, subtract(1, multiply(rate, weightDecay))) : weight;
  return subtract(kept, move);
}

function decayed(
  { weight, gradient, factor }: Pick<OptimizerStep, 'weight' | 'gradient' | 'factor'>,
  weightDecay: number,
): Expression {
  if (gradient === undefined) return multiply(weight, weightDecay);
  const clipped = multiply(gradient, factor);
  return weightDecay === 0 ? clipped : add(clipped, multiply(weight, weightDecay));
}
