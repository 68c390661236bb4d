import { softDiceOfRegions } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import { recipeDA3, recipeDA4 } from './recipes.ts';
import { type Changes, variantsOf } from './variants-of.ts';

/** Whole tumour (labels 1, 2, 3), tumour core (2, 3) and enhancing tumour (3) instead of labels. */
const nnUNetTrainerV2BraTSRegions: typeof nnUNetTrainerV2 = class nnUNetTrainerV2BraTSRegions extends nnUNetTrainerV2 {
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
};

const batchNorm: Changes = { network: { norm: 'batch' } };
const DA3: Changes = { recipe: recipeDA3 };
/** With rotations by up to 90 degrees. */
const DA4: Changes = { recipe: (usual) => recipeDA4(recipeDA3(usual)) };

/** Trainers of overlapping regions, for brain tumours. Origin: v1's competitions_with_custom_Trainers/BraTS2020. */
export const regionVariants = {
  nnUNetTrainerV2BraTSRegions,
  ...variantsOf(
    'nnUNetTrainerV2BraTSRegions_',
    {
      Dice: { loss: softDiceOfRegions },
      DA3,
      // BD: Dice of the batch as one image.
      DA3_BD: { ...DA3, batchDice: true },
      DA3_BN: { ...DA3, ...batchNorm },
      DA3_BN_BD: { ...DA3, ...batchNorm, batchDice: true },
      DA4_BN: { ...DA4, ...batchNorm },
      DA4_BN_BD: { ...DA4, ...batchNorm, batchDice: true },
    },
    nnUNetTrainerV2BraTSRegions,
  ),
  /** In v1 a trainer of labels with batch norms, despite its name. */
  ...variantsOf('nnUNetTrainerV2BraTSRegions_', { BN: batchNorm }),
};
