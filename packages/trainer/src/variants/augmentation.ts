import type { AugmentationRecipe } from '@nnunet/augment';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';

/* Variants of nnUNetTrainerV2 with other augmentation. Origin: v1's nnUNet_variants/data_augmentation. */

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
