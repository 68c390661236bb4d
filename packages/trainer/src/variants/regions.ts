import { type Loss, type NetworkVariant, softDiceOfRegions } from '@nnunet/network';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';

/*
 * Trainers of overlapping regions, for brain tumours. Origin: v1's competitions_with_custom_Trainers/BraTS2020.
 */

/** Whole tumour (labels 1, 2, 3), tumour core (2, 3) and enhancing tumour (3) instead of labels. */
export class nnUNetTrainerV2BraTSRegions extends nnUNetTrainerV2 {
  override regions(): number[][] {
    return [[1, 2, 3], [2, 3], [3]];
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
