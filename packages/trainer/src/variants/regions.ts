import type { AugmentationRecipe } from '@nnunet/augment';
import type { Loss, NetworkVariant } from '@nnunet/network';
import { softDiceOfRegions } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import { recipeDA3, recipeDA4 } from './recipes.ts';

/*
 * Trainers of overlapping regions, for brain tumours. Origin: v1's competitions_with_custom_Trainers/BraTS2020.
 */

/** Whole tumour (labels 1, 2, 3), tumour core (2, 3) and enhancing tumour (3) instead of labels. */
export class nnUNetTrainerV2BraTSRegions extends nnUNetTrainerV2 {
  override regions(): number[][] {
    return [[1, 2, 3], [2, 3], [3]];
  }

  override regionNames(): string[] {
    return ['whole tumor', 'tumor core', 'enhancing tumor'];
  }

  override regionClassOrder(): number[] {
    return [1, 2, 3];
  }

  override batchDice(): boolean {
    return false;
  }
}

/** Dice alone. */
export class nnUNetTrainerV2BraTSRegions_Dice extends nnUNetTrainerV2BraTSRegions {
  override loss(): Loss {
    return softDiceOfRegions({ batchDice: this.batchDice() });
  }
}

/** In v1 a trainer of labels with batch norms, despite its name. */
export class nnUNetTrainerV2BraTSRegions_BN extends nnUNetTrainerV2 {
  override networkVariant(): NetworkVariant {
    return { norm: 'batch' };
  }
}

/** With the augmentation of nnUNetTrainerV2_DA3. */
export class nnUNetTrainerV2BraTSRegions_DA3 extends nnUNetTrainerV2BraTSRegions {
  override recipe(batchSize: number): AugmentationRecipe {
    return recipeDA3(super.recipe(batchSize));
  }
}

/** Dice of the batch as one image. */
export class nnUNetTrainerV2BraTSRegions_DA3_BD extends nnUNetTrainerV2BraTSRegions_DA3 {
  override batchDice(): boolean {
    return true;
  }
}

export class nnUNetTrainerV2BraTSRegions_DA3_BN extends nnUNetTrainerV2BraTSRegions_DA3 {
  override networkVariant(): NetworkVariant {
    return { norm: 'batch' };
  }
}

export class nnUNetTrainerV2BraTSRegions_DA3_BN_BD extends nnUNetTrainerV2BraTSRegions_DA3_BN {
  override batchDice(): boolean {
    return true;
  }
}

/** With rotations by up to 90 degrees. */
export class nnUNetTrainerV2BraTSRegions_DA4_BN extends nnUNetTrainerV2BraTSRegions_DA3_BN {
  override recipe(batchSize: number): AugmentationRecipe {
    return recipeDA4(super.recipe(batchSize));
  }
}

export class nnUNetTrainerV2BraTSRegions_DA4_BN_BD extends nnUNetTrainerV2BraTSRegions_DA4_BN {
  override batchDice(): boolean {
    return true;
  }
}
