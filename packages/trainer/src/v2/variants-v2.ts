import { type AugmentationRecipe, withRotation } from '@nnunet/augment';
import type { Loss, NetworkDescription } from '@nnunet/network';
import type { DiceOptions } from '@nnunet/network/losses';
import type { TrainingSettings } from '../training-settings.ts';
import { withoutAugmentation } from '../variants/recipes.ts';
import { TrainerV2 } from './trainer-v2.ts';

/** What a variant does differently from {@link TrainerV2}. */
interface ChangesV2 {
  settings?: Partial<TrainingSettings>;
  recipe?: (usual: AugmentationRecipe) => AugmentationRecipe;
  /** Axes to mirror along, in training and prediction, of a patch with this number of axes. */
  mirrorAxes?: (dimensions: number) => number[];
  dice?: Partial<DiceOptions>;
  learningRate?: (initial: number, share: number) => number;
  deepSupervision?: boolean;
}

const epochs = (count: number): ChangesV2 => ({ settings: { epochs: count } });
const noMirroring: ChangesV2 = { mirrorAxes: () => [] };
/** All but the last axis. */
const onlyFirstAxes: ChangesV2 = { mirrorAxes: (dimensions) => [0, 1].slice(0, dimensions - 1) };

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
  /** Never slice by slice. */
  nnUNetTrainer_noDummy2DDA: {
    recipe: (usual) => (usual.patchSize.length === 2 ? usual : withRotation({ ...usual, dummy2D: false }, 30, 30)),
  },
  nnUNetTrainerNoDeepSupervision: { deepSupervision: false },
  /** The plans' network with batch norms. */
  nnUNetTrainerBN: {},
  nnUNetTrainerDiceCELoss_noSmooth: { dice: { smooth: 0 } },
  nnUNetTrainerCosAnneal: { learningRate: (initial, share) => (initial * (1 + Math.cos(Math.PI * share))) / 2 },
  nnUNetTrainer_warmup: {
    learningRate: (initial, share) =>
      share < WARM_UP ? initial * (share / WARM_UP + 1 / 50) : initial * ((1 - share) / (1 - WARM_UP)) ** 0.9,
  },
  nnUNet_Trainer_BS8: { settings: { batchSize: 8 } },
} satisfies Record<string, ChangesV2>;

/** The trainers that nnU-Net 2 ships, by its class names, as far as they are built here. Origin: v2's folder variants. */
export const trainerVariantsV2 = Object.fromEntries(
  Object.entries<ChangesV2>(table).map(([name, changes]) => [name, variantOf(name, changes)]),
) as Record<keyof typeof table, typeof TrainerV2>;

function variantOf(name: string, changes: ChangesV2): typeof TrainerV2 {
  return class extends TrainerV2 {
    static override readonly trainerName = name;

    override settings(): TrainingSettings {
      return { ...super.settings(), ...changes.settings };
    }

    override network(): NetworkDescription {
      return { ...super.network(), deepSupervision: changes.deepSupervision ?? true };
    }

    override mirrorAxes(): number[] {
      return changes.mirrorAxes?.(this.patchSize.length) ?? super.mirrorAxes();
    }

    override recipe(batchSize: number): AugmentationRecipe {
      const axes = this.mirrorAxes();
      const usual = { ...super.recipe(batchSize), mirror: axes.length === 0 ? null : { axes } };
      return changes.recipe?.(usual) ?? usual;
    }

    override loss(): Loss {
      return this.lossOf(changes.dice);
    }

    override learningRate(initial: number, share: number): number {
      return changes.learningRate?.(initial, share) ?? super.learningRate(initial, share);
    }
  };
}
