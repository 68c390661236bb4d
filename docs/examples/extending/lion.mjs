import { add, cast, greater, multiply, subtract } from '@nnunet/autodiff/operators';
import { nnUNetTrainerV2 } from '@nnunet/trainer';

/** Lion (Chen et al. 2023): every weight moves by the learning rate, against the sign of an average gradient. */
export const lion = {
  name: 'Lion',
  state: ({ shape }) => ({ average: shape }),
  step({ weight, gradient = multiply(weight, 0), factor, state, rate }) {
    const g = multiply(gradient, factor);
    const mixed = (keep) => add(multiply(state.average, keep), multiply(g, 1 - keep));
    const [direction, zero] = [mixed(0.9), multiply(weight, 0)];
    const sign = subtract(cast(greater(direction, zero), 'float'), cast(greater(zero, direction), 'float'));
    return { weight: subtract(weight, multiply(rate, sign)), state: { average: mixed(0.99) } };
  },
};

export class LionTrainer extends nnUNetTrainerV2 {
  settings() {
    return { ...super.settings(), initialLearningRate: 1e-4 };
  }

  optimizer() {
    return lion;
  }
}
