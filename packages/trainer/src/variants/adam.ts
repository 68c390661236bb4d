import type { OptimizerOptions } from '@nnunet/network';
import { adamOptimizer } from '@nnunet/network/internal';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { nnUNetTrainerV2_SGD_ReduceOnPlateau } from './schedule.ts';

/* Variants of nnUNetTrainerV2 with Adam (amsgrad) instead of SGD. Origin: v1's nnUNet_variants/optimizer_and_lr. */

export class nnUNetTrainerV2_Adam extends nnUNetTrainerV2 {
  override optimizer(): OptimizerOptions {
    return adamOptimizer;
  }
}

/* Same training in a folder of its own. */
export class nnUNetTrainerV2_Adam_copy1 extends nnUNetTrainerV2_Adam {}
export class nnUNetTrainerV2_Adam_copy2 extends nnUNetTrainerV2_Adam {}
export class nnUNetTrainerV2_Adam_copy3 extends nnUNetTrainerV2_Adam {}
export class nnUNetTrainerV2_Adam_copy4 extends nnUNetTrainerV2_Adam {}

/** With the learning rate of v1's first generation, 3e-4. */
export class nnUNetTrainerV2_Adam_nnUNetTrainerlr extends nnUNetTrainerV2_Adam {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 3e-4 };
  }
}

/** With rate and schedule of v1's first generation: a fifth whenever the training loss has not fallen for 30 epochs; no rescue. */
export class nnUNetTrainerV2_Adam_ReduceOnPlateau extends nnUNetTrainerV2_SGD_ReduceOnPlateau {
  override optimizer(): OptimizerOptions {
    return adamOptimizer;
  }

  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 3e-4 };
  }
}
