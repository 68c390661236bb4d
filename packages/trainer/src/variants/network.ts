import { networkVariantOf } from '@nnunet/network/internal';
import { recipeDA3, recipeDA5 } from './recipes.ts';
import { type Changes, copiesOf, variantsOf } from './variants-of.ts';

/** The network that v1's trainer of this name has. */
const like = (name: string): Changes => ({ network: networkVariantOf(`nnUNetTrainerV2_${name}`)! });

/** Those that differ in the network alone. */
const networks = [
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
] as const;

/**
 * Variants of nnUNetTrainerV2 with another network. Origin: v1's nnUNet_variants/architectural_variants; what each changes
 * is in @nnunet/network (`networkVariantOf`), which reads models of v1 by the same names.
 */
export const networkVariants = variantsOf('nnUNetTrainerV2_', {
  ...(Object.fromEntries(networks.map((name) => [name, like(name)])) as Record<(typeof networks)[number], Changes>),
  ...copiesOf('BN', like('BN')),
  ResencUNet_DA3: { ...like('ResencUNet_DA3'), recipe: recipeDA3 },
  ResencUNet_DA3_BN: { ...like('ResencUNet_DA3_BN'), recipe: recipeDA3 },
  ResencUNet_SimonsInit_DA5: { ...like('ResencUNet_SimonsInit_DA5'), recipe: recipeDA5 },
  /** Only the output of full resolution is trained. */
  noDeepSupervision: { network: { deepSupervision: false } },
  NoNormalization_lr1en3: { ...like('NoNormalization'), settings: { initialLearningRate: 1e-3 } },
});
