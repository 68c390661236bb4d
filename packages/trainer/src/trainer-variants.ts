import type { AugmentationRecipe } from '@nnunet/augment';
import { diceAndCrossEntropy, type Loss, type NetworkDescription, type OptimizerOptions } from '@nnunet/network';
import { nnUNetTrainerV2 } from './nnunet-trainer-v2.ts';
import type { TrainingSettings } from './training-settings.ts';

/*
 * v1's variants of nnUNetTrainerV2 that change one decision each, under v1's names. Origin: v1's
 * training/network_training/nnUNet_variants.
 */

/** Computes in float32, as every training here does. */
export class nnUNetTrainerV2_fp32 extends nnUNetTrainerV2 {}

/** Neither trains nor predicts with mirrored images: for structures whose side matters. */
export class nnUNetTrainerV2_noMirroring extends nnUNetTrainerV2 {
  override mirrorAxes(): number[] {
    return [];
  }

  override recipe(batchSize: number): AugmentationRecipe {
    return { ...super.recipe(batchSize), mirrorAxes: [] };
  }
}

/** Patches as they are. As it has seen no mirrored images, it does not predict with them either. */
export class nnUNetTrainerV2_noDataAugmentation extends nnUNetTrainerV2 {
  override mirrorAxes(): number[] {
    return [];
  }

  override recipe(batchSize: number): AugmentationRecipe {
    const recipe = super.recipe(batchSize);
    return {
      ...recipe,
      loaderPatchSize: recipe.patchSize,
      spatial: null,
      noise: null,
      blur: null,
      brightness: null,
      contrast: null,
      lowResolution: null,
      gammaInverted: null,
      gamma: null,
      mirrorAxes: [],
    };
  }
}

/** Only the output of full resolution is trained. */
export class nnUNetTrainerV2_noDeepSupervision extends nnUNetTrainerV2 {
  override network(): NetworkDescription {
    return { ...super.network(), deepSupervision: false };
  }

  override recipe(batchSize: number): AugmentationRecipe {
    const recipe = super.recipe(batchSize);
    return { ...recipe, deepSupervisionScales: recipe.deepSupervisionScales.slice(0, 1) };
  }
}

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
