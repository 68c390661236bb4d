import { withRotation } from '@nnunet/augment';
import { oversampledByChance } from '@nnunet/augment/v2';
import { crossEntropy, softDice, softDiceOfRegions, sumOfLosses, topCrossEntropy } from '@nnunet/network/losses';
import { adam, plainAdam } from '@nnunet/network/optimizers';
import { withoutAugmentation, withSpatial } from '../variants/recipes.ts';
import { nearestLabels, recipeDA5V2 } from './recipes-v2.ts';
import type { TrainerV2 } from './trainer-v2.ts';
import { type ChangesV2, variantOf } from './variant-of-v2.ts';

const epochs = (count: number): ChangesV2 => ({ settings: { epochs: count } });
const noMirroring: ChangesV2 = { mirrorAxes: () => [] };
/** All but the last axis. */
const onlyFirstAxes: ChangesV2 = { mirrorAxes: (dimensions) => [0, 1].slice(0, dimensions - 1) };

const rate = (initialLearningRate: number): ChangesV2 => ({ settings: { initialLearningRate } });
/** With its weights decaying by themselves, and amsgrad. */
const adamW: ChangesV2 = { optimizer: () => ({ ...adam, decoupled: true }) };
const vanillaAdam: ChangesV2 = { optimizer: () => plainAdam };

const ofCrossEntropy: ChangesV2 = { lacks: 'regions', loss: ({ ignoreLabel }) => crossEntropy({ ignoreLabel }) };
/** Of the worst tenth of the voxels. */
const worstTenth = (labelSmoothing = 0): ChangesV2 => ({
  lacks: 'regions',
  loss: ({ ignoreLabel }) => topCrossEntropy(0.1, { ignoreLabel, labelSmoothing }),
});

const da5: ChangesV2 = { recipe: recipeDA5V2 };
const labelsByNearest: ChangesV2 = { recipe: nearestLabels };

/** Share of the training in which the warm-up raises the learning rate: 50 of 1000 epochs. */
const WARM_UP = 0.05;

const table = {
  nnUNetTrainer_1epoch: epochs(1),
  nnUNetTrainer_5epochs: epochs(5),
  nnUNetTrainer_10epochs: epochs(10),
  nnUNetTrainer_20epochs: epochs(20),
  nnUNetTrainer_50epochs: epochs(50),
  nnUNetTrainer_100epochs: epochs(100),
  nnUNetTrainer_250epochs: epochs(250),
  nnUNetTrainer_500epochs: epochs(500),
  nnUNetTrainer_750epochs: epochs(750),
  nnUNetTrainer_2000epochs: epochs(2000),
  nnUNetTrainer_4000epochs: epochs(4000),
  nnUNetTrainer_8000epochs: epochs(8000),
  nnUNetTrainer_250epochs_NoMirroring: { ...epochs(250), ...noMirroring },
  nnUNetTrainer_2000epochs_NoMirroring: { ...epochs(2000), ...noMirroring },
  nnUNetTrainer_4000epochs_NoMirroring: { ...epochs(4000), ...noMirroring },
  nnUNetTrainer_8000epochs_NoMirroring: { ...epochs(8000), ...noMirroring },
  nnUNetTrainerNoMirroring: noMirroring,
  nnUNetTrainer_onlyMirror01: onlyFirstAxes,
  nnUNetTrainer_onlyMirror01_1500ep: { ...epochs(1500), ...onlyFirstAxes },
  nnUNetTrainerNoDA: { ...noMirroring, recipe: withoutAugmentation },
  nnUNetTrainerDA5: da5,
  nnUNetTrainerDA5_10epochs: { ...da5, ...epochs(10) },
  nnUNetTrainerDA5ord0: { recipe: (usual) => withSpatial(recipeDA5V2(usual), { interpolation: 'nearest' }) },
  nnUNetTrainerDA5Segord0: { recipe: (usual) => withSpatial(recipeDA5V2(usual), { interpolation: 'nearestLabels' }) },
  nnUNetTrainer_onlyMirror01_DA5: { ...da5, ...onlyFirstAxes },
  nnUNetTrainer_DASegOrd0: labelsByNearest,
  nnUNetTrainer_DASegOrd0_NoMirroring: { ...labelsByNearest, ...noMirroring },
  nnUNetTrainer_onlyMirror01_DASegOrd0: { ...labelsByNearest, ...onlyFirstAxes },
  /** Never slice by slice. */
  nnUNetTrainer_noDummy2DDA: {
    recipe: (usual) => (usual.patchSize.length === 2 ? usual : withRotation({ ...usual, dummy2D: false }, 30, 30)),
  },
  nnUNetTrainerNoDeepSupervision: { deepSupervision: false },
  /** The plans' network with batch norms. */
  nnUNetTrainerBN: {},
  nnUNetTrainerDiceCELoss_noSmooth: { dice: { smooth: 0 } },
  nnUNetTrainerDiceLoss: {
    lacks: 'ignore label',
    loss: (dice, regions) => (regions ? softDiceOfRegions(dice) : softDice(dice)),
  },
  nnUNetTrainerCELoss: ofCrossEntropy,
  nnUNetTrainerCELoss_5epochs: { ...ofCrossEntropy, ...epochs(5) },
  nnUNetTrainerTopk10Loss: worstTenth(),
  nnUNetTrainerTopk10LossLS01: worstTenth(0.1),
  nnUNetTrainerDiceTopK10Loss: {
    lacks: 'regions',
    loss: (dice) => sumOfLosses([topCrossEntropy(0.1, dice), 1], [softDice(dice), 1]),
  },
  nnUNetTrainerVanillaAdam: vanillaAdam,
  nnUNetTrainerVanillaAdam1en3: { ...vanillaAdam, ...rate(1e-3) },
  nnUNetTrainerVanillaAdam3en4: { ...vanillaAdam, ...rate(3e-4) },
  nnUNetTrainerAdam: adamW,
  nnUNetTrainerAdam1en3: { ...adamW, ...rate(1e-3) },
  nnUNetTrainerAdam3en4: { ...adamW, ...rate(3e-4) },
  nnUNetTrainer_probabilisticOversampling: { recipe: (usual) => oversampledByChance(usual) },
  nnUNetTrainer_probabilisticOversampling_033: { recipe: (usual) => oversampledByChance(usual, 0.33) },
  nnUNetTrainer_probabilisticOversampling_010: { recipe: (usual) => oversampledByChance(usual, 0.1) },
  nnUNetTrainerCosAnneal: { learningRate: (initial, share) => (initial * (1 + Math.cos(Math.PI * share))) / 2 },
  nnUNetTrainer_warmup: {
    learningRate: (initial, share) =>
      share < WARM_UP ? initial * (share / WARM_UP + 1 / 50) : initial * ((1 - share) / (1 - WARM_UP)) ** 0.9,
  },
  nnUNet_Trainer_BS8: { settings: { batchSize: 8 } },
} satisfies Record<string, ChangesV2>;

/** The trainers that nnU-Net v2 ships, by its class names. Origin: v2's folder variants. */
export const trainerVariantsV2 = Object.fromEntries(
  Object.entries<ChangesV2>(table).map(([name, changes]) => [name, variantOf(name, changes)]),
) as Record<keyof typeof table, typeof TrainerV2>;
