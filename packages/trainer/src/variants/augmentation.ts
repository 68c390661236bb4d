import { insaneIntensities, recipeDA3, recipeDA5, recipeInsane, withoutAugmentation, withSpatial } from './recipes.ts';
import { type Changes, copiesOf, variantsOf } from './variants-of.ts';

/** Patches as they are. As it has seen no mirrored images, it does not predict with them either. */
const none: Changes = { recipe: withoutAugmentation, mirrorAxes: [] };

/** Variants of nnUNetTrainerV2 with other augmentation. Origin: v1's nnUNet_variants/data_augmentation. */
export const augmentationVariants = variantsOf('nnUNetTrainerV2_', {
  /** Neither trains nor predicts with mirrored images: for structures whose side matters. */
  noMirroring: { recipe: (usual) => ({ ...usual, mirror: null }), mirrorAxes: [] },
  noDataAugmentation: none,
  ...copiesOf('noDataAugmentation', none),
  /** Every axis is scaled by a factor of its own. */
  independentScalePerAxis: { recipe: (usual) => withSpatial(usual, { scalePerAxisProbability: 1 }) },
  /** A scale per axis, rotations about half of the axes, and brightness that is added. */
  DA2: {
    recipe: (usual) => ({
      ...withSpatial(usual, {
        scalePerAxisProbability: 1,
        rotationAxisProbability: usual.patchSize.length === 3 ? 0.5 : 1,
      }),
      additiveBrightness: { probability: 0.15, channelProbability: 0.5, mean: 0, sd: 0.1 },
    }),
  },
  /** Elastic deformation, stronger scaling and stronger changes of intensity. */
  insaneDA: { recipe: recipeInsane },
  /** For the M&Ms challenge: insaneDA with a scale per axis, added brightness and batch norms. */
  MMS: {
    network: { norm: 'batch' },
    recipe: (usual) => ({
      ...withSpatial(insaneIntensities(recipeInsane(usual), [0.5, 1.6]), {
        rotationProbability: 0.7,
        scaleProbability: 0.3,
        scalePerAxisProbability: 0.3,
        elastic: { probability: 0.1, alpha: [0, 300], sigma: [9, 15] },
      }),
      additiveBrightness: { probability: 0.3, channelProbability: 1, mean: 0, sd: 0.2 },
    }),
  },
  /** Elastic deformation relative to the size of the patch, a scale per axis, added brightness, stronger changes of intensity. */
  DA3: { recipe: recipeDA3 },
  DA3_BN: { recipe: recipeDA3, network: { norm: 'batch' } },
  /** Much of everything, with turns, medians, blank boxes and local changes of intensity. */
  DA5: { recipe: recipeDA5 },
});
