import type { AugmentationRecipe } from '@nnunet/augment';
import { nnUNetTrainerV2CascadeFullRes } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';

/* Variants of the cascade's second stage. Origin: v1's nnUNet_variants/cascade. */

/** As nnUNetTrainerV2CascadeFullRes: the step that it leaves out changes nothing in v1 either. */
export class nnUNetTrainerV2CascadeFullRes_noConnComp extends nnUNetTrainerV2CascadeFullRes {}

/** The labels of the first stage are grown and shrunk by balls of a radius up to 5 instead of 8. */
export class nnUNetTrainerV2CascadeFullRes_smallerBinStrel extends nnUNetTrainerV2CascadeFullRes {
  override recipe(batchSize: number): AugmentationRecipe {
    const recipe = super.recipe(batchSize);
    const { cascade } = recipe;
    if (!cascade?.balls) return recipe;
    return { ...recipe, cascade: { ...cascade, balls: { ...cascade.balls, radius: [1, 5] } } };
  }
}

export class nnUNetTrainerV2CascadeFullRes_lowerLR extends nnUNetTrainerV2CascadeFullRes {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }
}

export class nnUNetTrainerV2CascadeFullRes_shorter extends nnUNetTrainerV2CascadeFullRes {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 500 };
  }
}

export class nnUNetTrainerV2CascadeFullRes_shorter_lowerLR extends nnUNetTrainerV2CascadeFullRes {
  override settings(): TrainingSettings {
    return { ...super.settings(), epochs: 500, initialLearningRate: 1e-3 };
  }
}
