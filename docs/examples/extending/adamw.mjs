import { add, divide, exp, multiply, sqrt, square, subtract } from '@nnunet/autodiff/operators';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** AdamW (Loshchilov and Hutter 2019). The weights of convolutions decay; norms and biases do not. */
export const adamW = {
  name: 'AdamW',
  momentum: 0.9,
  secondMomentum: 0.999,
  weightDecay: 0.01,
  clipNorm: 12,
  // Kept between steps: two moments of each parameter, and the number of steps.
  state: ({ shape }) => ({ momentum: shape, second: shape }),
  common: { steps: [1] },
  nextCommon: ({ steps }) => ({ steps: add(steps, 1) }),
  step({ weight, gradient = multiply(weight, 0), factor, state, common, rate }) {
    const g = multiply(gradient, factor);
    const momentum = add(multiply(state.momentum, this.momentum), multiply(g, 1 - this.momentum));
    const second = add(multiply(state.second, this.secondMomentum), multiply(square(g), 1 - this.secondMomentum));
    // Moments start at 0, so that after n steps they are too small by the factor 1 - keep ^ n.
    const unbiased = (moment, keep) => divide(moment, subtract(1, exp(multiply(add(common.steps, 1), Math.log(keep)))));
    const move = divide(unbiased(momentum, this.momentum), add(sqrt(unbiased(second, this.secondMomentum)), 1e-8));
    const decay = weight.shape.length > 1 ? multiply(weight, this.weightDecay) : 0;
    return { weight: subtract(weight, multiply(rate, add(move, decay))), state: { momentum, second } };
  },
};

export class AdamWTrainer extends nnUNetTrainerV2 {
  settings() {
    return { ...super.settings(), initialLearningRate: 3e-4 };
  }

  optimizer() {
    return adamW;
  }
}
