import { softDice, sumOfLosses } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '@nnunet/trainer';
import { weightedCrossEntropy } from '../losses/weighted-cross-entropy.mjs';

/** A small network, trained for a shorter time. Everything that is not overridden is as in nnUNetTrainerV2. */
export class LightTrainer extends nnUNetTrainerV2 {
  settings() {
    return { ...super.settings(), epochs: 200, initialLearningRate: 0.02 };
  }

  networkVariant() {
    return { baseFeatures: 8, norm: 'group', normGroups: 4 };
  }

  /** Foreground counts five times as much in the cross-entropy. */
  loss() {
    const weights = [1, ...this.plans.all_classes.map(() => 5)];
    return sumOfLosses([weightedCrossEntropy(weights), 1], [softDice({ batchDice: this.batchDice() }), 1]);
  }

  optimizer() {
    return { ...super.optimizer(), momentum: 0.95 };
  }

  /** Half a cosine instead of the polynomial. `share`: of the training that lies behind, 0 to 1. */
  learningRate(initial, share) {
    return (initial * (1 + Math.cos(Math.PI * share))) / 2;
  }

  /** Sampling and augmentation: foreground in half of the samples, no blur, and no mirroring from left to right. */
  recipe(batchSize) {
    const mirror = { axes: this.mirrorAxes() };
    return { ...super.recipe(batchSize), oversampleForeground: 0.5, blur: null, mirror };
  }

  /** Nor must predictions be mirrored along the last axis, x. */
  mirrorAxes() {
    return super.mirrorAxes().slice(0, -1);
  }
}
