import type { AugmentationRecipe, CascadeRecipe } from '@nnunet/augment';
import { nnUNetTrainerV2CascadeFullRes } from '../nnunet-trainer-v2.ts';
import type { TrainingSettings } from '../training-settings.ts';

/* Variants of the cascade's second stage. Origin: v1's nnUNet_variants/cascade. */

/** As nnUNetTrainerV2CascadeFullRes: the step that it leaves out changes nothing in v1 either. */
export class nnUNetTrainerV2CascadeFullRes_noConnComp extends nnUNetTrainerV2CascadeFullRes {}

/** The labels of the first stage are grown and shrunk by balls of a radius up to 5 instead of 8. */
export class nnUNetTrainerV2CascadeFullRes_smallerBinStrel extends nnUNetTrainerV2CascadeFullRes {
  override recipe(batchSize: number): AugmentationRecipe {
    return withBalls(super.recipe(batchSize), { radius: [1, 5] });
  }
}

/** Balls up to 5, more often, but each label with a probability of a half. */
export class nnUNetTrainerV2CascadeFullRes_EducatedGuess extends nnUNetTrainerV2CascadeFullRes {
  override recipe(batchSize: number): AugmentationRecipe {
    return withBalls(super.recipe(batchSize), { probability: 0.5, labelProbability: 0.5, radius: [1, 5] });
  }
}

/** As EducatedGuess: the step that it leaves out changes nothing in v1 either. */
export class nnUNetTrainerV2CascadeFullRes_EducatedGuess2 extends nnUNetTrainerV2CascadeFullRes_EducatedGuess {}

/** Balls up to 5 in every sample, each label with a probability of a third. */
export class nnUNetTrainerV2CascadeFullRes_EducatedGuess3 extends nnUNetTrainerV2CascadeFullRes {
  override recipe(batchSize: number): AugmentationRecipe {
    return withBalls(super.recipe(batchSize), { probability: 1, labelProbability: 0.33, radius: [1, 5] });
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

/** The recipe with other growing and shrinking of the first stage's labels. */
function withBalls(
  recipe: AugmentationRecipe,
  changes: Partial<NonNullable<CascadeRecipe['balls']>>,
): AugmentationRecipe {
  const { cascade } = recipe;
  if (!cascade?.balls) return recipe;
  return { ...recipe, cascade: { ...cascade, balls: { ...cascade.balls, ...changes } } };
}
