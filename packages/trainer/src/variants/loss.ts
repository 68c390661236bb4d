import type { Loss } from '@nnunet/network';
import {
  crossEntropy,
  diceAndCrossEntropy,
  focalLoss,
  generalisedDice,
  matthewsCorrelation,
  softDice,
  squaredDice,
  sumOfLosses,
  topCrossEntropy,
} from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';

/* Variants of nnUNetTrainerV2 with other losses. Origin: v1's nnUNet_variants/loss_function. */

/** Dice of the batch as one image. */
export class nnUNetTrainerV2_ForceBD extends nnUNetTrainerV2 {
  override batchDice(): boolean {
    return true;
  }
}

/** Mean of the samples' Dice. */
export class nnUNetTrainerV2_ForceSD extends nnUNetTrainerV2 {
  override batchDice(): boolean {
    return false;
  }
}

/** Dice without the 1e-5 in numerator and denominator. */
export class nnUNetTrainerV2_Loss_DiceCE_noSmooth extends nnUNetTrainerV2 {
  override loss(): Loss {
    return diceAndCrossEntropy({ batchDice: this.batchDice(), smooth: 0 });
  }
}

export class nnUNetTrainerV2_Loss_CE extends nnUNetTrainerV2 {
  override loss(): Loss {
    return crossEntropy();
  }
}

export class nnUNetTrainerV2_Loss_Dice extends nnUNetTrainerV2 {
  override loss(): Loss {
    return softDice({ batchDice: this.batchDice() });
  }
}

export class nnUNetTrainerV2_Loss_DicewithBG extends nnUNetTrainerV2 {
  override loss(): Loss {
    return softDice({ batchDice: this.batchDice(), background: true });
  }
}

export class nnUNetTrainerV2_Loss_Dice_LR1en3 extends nnUNetTrainerV2_Loss_Dice {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }
}

export class nnUNetTrainerV2_Loss_DicewithBG_LR1en3 extends nnUNetTrainerV2_Loss_DicewithBG {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }
}

/** Dice with squares in the denominator; learning rate 1e-3. */
export class nnUNetTrainerV2_Loss_Dice_squared extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }

  override loss(): Loss {
    return squaredDice({ batchDice: this.batchDice() });
  }
}

/** Cross-entropy and generalised Dice. */
export class nnUNetTrainerV2_Loss_CEGDL extends nnUNetTrainerV2 {
  override loss(): Loss {
    return sumOfLosses([crossEntropy(), 1], [generalisedDice({ batchDice: this.batchDice() }), 1]);
  }
}

/** Cross-entropy of the worst tenth of the voxels. */
export class nnUNetTrainerV2_Loss_TopK10 extends nnUNetTrainerV2 {
  override loss(): Loss {
    return topCrossEntropy(0.1);
  }
}

/* Same training in a folder of its own. */
export class nnUNetTrainerV2_Loss_TopK10_copy1 extends nnUNetTrainerV2_Loss_TopK10 {}
export class nnUNetTrainerV2_Loss_TopK10_copy2 extends nnUNetTrainerV2_Loss_TopK10 {}
export class nnUNetTrainerV2_Loss_TopK10_copy3 extends nnUNetTrainerV2_Loss_TopK10 {}
export class nnUNetTrainerV2_Loss_TopK10_copy4 extends nnUNetTrainerV2_Loss_TopK10 {}

export class nnUNetTrainerV2_Loss_DiceTopK10 extends nnUNetTrainerV2 {
  override loss(): Loss {
    return sumOfLosses([topCrossEntropy(0.1), 1], [softDice({ batchDice: this.batchDice() }), 1]);
  }
}

/** Matthews correlation coefficient; learning rate 1e-3. */
export class nnUNetTrainerV2_Loss_MCC extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }

  override loss(): Loss {
    return matthewsCorrelation({ batchDice: this.batchDice(), background: true });
  }
}

export class nnUNetTrainerV2_Loss_MCCnoBG extends nnUNetTrainerV2_Loss_MCC {
  override loss(): Loss {
    return matthewsCorrelation({ batchDice: this.batchDice() });
  }
}

export class nnUNetTrainerV2_SegLoss_Focal extends nnUNetTrainerV2 {
  override loss(): Loss {
    return focalLoss();
  }
}

/**
 * Cross-entropy alone in the first half of the training, Dice alone in the last quarter, weight 2; between them both. v1 sets
 * the weights at the end of an epoch by the number of that epoch: a thousandth of the training later than its numbers say.
 */
export class nnUNetTrainerV2_graduallyTransitionFromCEToDice extends nnUNetTrainerV2 {
  override phase(share: number): number {
    const [start, end] = [0.501, 0.751];
    return Math.min(1, Math.max(0, (share - start) / (end - start)));
  }

  override loss(share = 0): Loss {
    const moved = this.phase(share);
    return sumOfLosses([crossEntropy(), 2 - 2 * moved], [softDice({ batchDice: this.batchDice() }), 2 * moved]);
  }
}
