import type { AugmentationRecipe } from '@nnunet/augment';
import type { NetworkVariant } from '@nnunet/network';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import { insaneIntensities, recipeDA3, recipeDA5, withoutAugmentation, withSpatial } from './recipes.ts';

/* Variants of nnUNetTrainerV2 with other augmentation. Origin: v1's nnUNet_variants/data_augmentation. */

/** Neither trains nor predicts with mirrored images: for structures whose side matters. */
export class nnUNetTrainerV2_noMirroring extends nnUNetTrainerV2 {
  override mirrorAxes(): number[] {
    return [];
  }

  override recipe(batchSize: number): AugmentationRecipe {
    return { ...super.recipe(batchSize), mirror: null };
  }
}

/** Patches as they are. As it has seen no mirrored images, it does not predict with them either. */
export class nnUNetTrainerV2_noDataAugmentation extends nnUNetTrainerV2 {
  override mirrorAxes(): number[] {
    return [];
  }

  override recipe(batchSize: number): AugmentationRecipe {
    return withoutAugmentation(super.recipe(batchSize));
  }
}

/* Same training in a folder of its own. */
export class nnUNetTrainerV2_noDataAugmentation_copy1 extends nnUNetTrainerV2_noDataAugmentation {}
export class nnUNetTrainerV2_noDataAugmentation_copy2 extends nnUNetTrainerV2_noDataAugmentation {}
export class nnUNetTrainerV2_noDataAugmentation_copy3 extends nnUNetTrainerV2_noDataAugmentation {}
export class nnUNetTrainerV2_noDataAugmentation_copy4 extends nnUNetTrainerV2_noDataAugmentation {}

/** Every axis is scaled by a factor of its own. */
export class nnUNetTrainerV2_independentScalePerAxis extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    return withSpatial(super.recipe(batchSize), { scalePerAxisProbability: 1 });
  }
}

/** A scale per axis, rotations about half of the axes, and brightness that is added. */
export class nnUNetTrainerV2_DA2 extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    const recipe = super.recipe(batchSize);
    return {
      ...withSpatial(recipe, {
        scalePerAxisProbability: 1,
        rotationAxisProbability: recipe.patchSize.length === 3 ? 0.5 : 1,
      }),
      additiveBrightness: { probability: 0.15, channelProbability: 0.5, mean: 0, sd: 0.1 },
    };
  }
}

/** Elastic deformation, stronger scaling and stronger changes of intensity. */
export class nnUNetTrainerV2_insaneDA extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    return withSpatial(insaneIntensities(super.recipe(batchSize), [0.6, 2]), {
      scale: [0.65, 1.6],
      elastic: { probability: 0.2, alpha: [0, 1300], sigma: [9, 15] },
    });
  }
}

/** For the M&Ms challenge: insaneDA with a scale per axis, added brightness and batch norms. */
export class nnUNetTrainerV2_MMS extends nnUNetTrainerV2_insaneDA {
  override networkVariant(): NetworkVariant {
    return { norm: 'batch' };
  }

  override recipe(batchSize: number): AugmentationRecipe {
    const recipe = insaneIntensities(super.recipe(batchSize), [0.5, 1.6]);
    return {
      ...withSpatial(recipe, {
        rotationProbability: 0.7,
        scaleProbability: 0.3,
        scalePerAxisProbability: 0.3,
        elastic: { probability: 0.1, alpha: [0, 300], sigma: [9, 15] },
      }),
      additiveBrightness: { probability: 0.3, channelProbability: 1, mean: 0, sd: 0.2 },
    };
  }
}

/** Elastic deformation relative to the size of the patch, a scale per axis, added brightness, stronger changes of intensity. */
export class nnUNetTrainerV2_DA3 extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    return recipeDA3(super.recipe(batchSize));
  }
}

export class nnUNetTrainerV2_DA3_BN extends nnUNetTrainerV2_DA3 {
  override networkVariant(): NetworkVariant {
    return { norm: 'batch' };
  }
}

/** Much of everything, with turns, medians, blank boxes and local changes of intensity. */
export class nnUNetTrainerV2_DA5 extends nnUNetTrainerV2 {
  override recipe(batchSize: number): AugmentationRecipe {
    return recipeDA5(super.recipe(batchSize));
  }
}
