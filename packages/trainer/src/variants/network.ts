import type { NetworkVariant } from '@nnunet/network';
import { networkVariantOf } from '@nnunet/network/internal';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainerClass } from '../trainer.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { nnUNetTrainerV2_DA3, nnUNetTrainerV2_DA5 } from './augmentation.ts';

/*
 * Variants of nnUNetTrainerV2 with another network. Origin: v1's nnUNet_variants/architectural_variants; what each changes is
 * in @nnunet/network (`networkVariantOf`), which reads models of v1 by the same names.
 */

/** A trainer with the network that v1's trainer of this name has, or of another name that it has there. */
function withNetworkOf(name: string, base: typeof nnUNetTrainerV2 = nnUNetTrainerV2, like = name): TrainerClass {
  const variant = networkVariantOf(like)!;
  const trainer = class extends base {
    override networkVariant(): NetworkVariant {
      return variant;
    }
  };
  Object.defineProperty(trainer, 'name', { value: name });
  return trainer;
}

/** Only the output of full resolution is trained. */
export class nnUNetTrainerV2_noDeepSupervision extends nnUNetTrainerV2 {
  override networkVariant(): NetworkVariant {
    return { deepSupervision: false };
  }
}

/** Without norms, and with a learning rate of 1e-3. */
export class nnUNetTrainerV2_NoNormalization_lr1en3 extends nnUNetTrainerV2 {
  override networkVariant(): NetworkVariant {
    return networkVariantOf('nnUNetTrainerV2_NoNormalization')!;
  }

  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 1e-3 };
  }
}

/** Those that differ in the network, some in the augmentation too. */
export const networkTrainers: readonly TrainerClass[] = [
  'BN',
  'GN',
  'FRN',
  'NoNormalization',
  'ReLU',
  'GeLU',
  'Mish',
  'LReLU_slope_2en1',
  'ReLU_biasInSegOutput',
  'lReLU_biasInSegOutput',
  'ReLU_convReLUIN',
  'lReLU_convReLUIN',
  '3ConvPerStage',
  '3ConvPerStageSameFilters',
  'allConv3x3',
  'ResencUNet',
  'ResencUNet_SimonsInit',
]
  .map((variant) => withNetworkOf(`nnUNetTrainerV2_${variant}`))
  .concat(
    withNetworkOf('nnUNetTrainerV2_ResencUNet_DA3', nnUNetTrainerV2_DA3),
    withNetworkOf('nnUNetTrainerV2_ResencUNet_DA3_BN', nnUNetTrainerV2_DA3),
    withNetworkOf('nnUNetTrainerV2_ResencUNet_SimonsInit_DA5', nnUNetTrainerV2_DA5),
    // the same training in a folder of its own
    [1, 2, 3, 4].map((copy) => withNetworkOf(`nnUNetTrainerV2_BN_copy${copy}`, nnUNetTrainerV2, 'nnUNetTrainerV2_BN')),
  );
