import * as optimizers from '@nnunet/network/optimizers';
import { reducedOnPlateau } from './schedule.ts';
import { type Changes, copiesOf, variantsOf } from './variants-of.ts';

const momentum = (value: number): Changes => ({ optimizer: (usual) => ({ ...usual, momentum: value }) });
const rate = (initialLearningRate: number): Changes => ({ settings: { initialLearningRate } });

/**
 * v1 sets the momentum at the end of an epoch by the number of that epoch, so that it falls from epoch 802 on: a
 * thousandth of the training later than its numbers say.
 */
const fallen = (share: number): number => Math.max(0, share - 0.801);

/** Adam (amsgrad) instead of SGD. */
const adam: Changes = { optimizer: () => optimizers.adam };

/** Variants of nnUNetTrainerV2 with another optimiser. Origin: v1's nnUNet_variants/optimizer_and_lr. */
export const optimizerVariants = variantsOf('nnUNetTrainerV2_', {
  momentum09: momentum(0.9),
  momentum095: momentum(0.95),
  momentum098: momentum(0.98),
  momentum09in2D: {
    optimizer: (usual, _share, dimensions) => (dimensions === 2 ? { ...usual, momentum: 0.9 } : usual),
  },
  /** In the last fifth of the training the momentum falls from 0.99 to 0.9. */
  reduceMomentumDuringTraining: {
    phase: fallen,
    optimizer: (usual, share) => ({ ...usual, momentum: 0.99 - 0.45 * fallen(share) }),
  },
  SGD_lr1en1: rate(1e-1),
  SGD_lr1en3: rate(1e-3),
  Adam: adam,
  ...copiesOf('Adam', adam),
  /** With the learning rate of v1's first generation. */
  Adam_nnUNetTrainerlr: { ...adam, ...rate(3e-4) },
  /** With its schedule too. */
  Adam_ReduceOnPlateau: { ...reducedOnPlateau(1), ...adam, ...rate(3e-4) },
});
