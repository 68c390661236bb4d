import { crossEntropy } from '@nnunet/network/losses';
import { adam } from '@nnunet/network/optimizers';
import { recipeOfFirstGeneration, withoutAugmentation } from './recipes.ts';
import { reducedOnPlateau } from './schedule.ts';
import { type Changes, variantsOf } from './variants-of.ts';

/**
 * Adam, a learning rate that falls when the training loss stays, an end when that no longer helps; no deep supervision, no
 * clipping, and less augmentation.
 */
const first: Changes = {
  ...reducedOnPlateau(0),
  settings: { initialLearningRate: 3e-4 },
  network: { deepSupervision: false },
  optimizer: () => ({ ...adam, clipNorm: Number.POSITIVE_INFINITY }),
  recipe: recipeOfFirstGeneration,
};

/**
 * v1's first generation of trainers. Origin: v1's nnUNetTrainer.py, nnUNetTrainerCascadeFullRes.py and nnUNet_variants.
 */
export const firstGeneration = variantsOf('nnUNetTrainer', {
  '': first,
  /** The second stage of a cascade; in v1 it cannot be trained, as it has no optimiser. */
  CascadeFullRes: { ...first, trainsCascade: true },
  CE: { ...first, loss: crossEntropy },
  /** Patches as they are; no mirroring in prediction. */
  NoDA: { ...first, recipe: (usual) => withoutAugmentation(recipeOfFirstGeneration(usual)), mirrorAxes: [] },
});
