import type { OptimizerOptions } from '@nnunet/network';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';

/* Variants of nnUNetTrainerV2 with other settings of the optimiser. Origin: v1's nnUNet_variants/optimizer_and_lr. */

export class nnUNetTrainerV2_momentum09 extends nnUNetTrainerV2 {
  override optimizer(): OptimizerOptions {
    return { ...super.optimizer(), momentum: 0.9 };
  }
}

export class nnUNetTrainerV2_momentum095 extends nnUNetTrainerV2 {
  override optimizer(): OptimizerOptions {
    return { ...super.optimizer(), momentum: 0.95 };
  }
}

export class nnUNetTrainerV2_momentum098 extends nnUNetTrainerV2 {
  override optimizer(): OptimizerOptions {
    return { ...super.optimizer(), momentum: 0.98 };
  }
}

export class nnUNetTrainerV2_momentum09in2D extends nnUNetTrainerV2 {
  override optimizer(): OptimizerOptions {
    const usual = super.optimizer();
    return this.stagePlans.patch_size.length === 2 ? { ...usual, momentum: 0.9 } : usual;
  }
}

/**
 * In the last fifth of the training the momentum falls from 0.99 to 0.9. v1 sets it at the end of an epoch by the number of
 * that epoch, so that it falls from epoch 802 on: a thousandth of the training later than its numbers say.
 */
export class nnUNetTrainerV2_reduceMomentumDuringTraining extends nnUNetTrainerV2 {
  override phase(share: number): number {
    return Math.max(0, share - 0.801);
  }

  override optimizer(share = 0): OptimizerOptions {
    return { ...super.optimizer(), momentum: 0.99 - 0.45 * this.phase(share) };
  }
}

export class nnUNetTrainerV2_SGD_lr1en1 extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-1 };
  }
}

export class nnUNetTrainerV2_SGD_lr1en3 extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }
}
