import { type AugmentationRecipe, recipeV1 } from '@nnunet/augment';
import {
  describeNetwork,
  type Loss,
  type NetworkDescription,
  type NetworkVariant,
  type Optimizer,
} from '@nnunet/network';
import { diceAndEntropy, type LossOptions } from '@nnunet/network/losses';
import { sgd } from '@nnunet/network/optimizers';
import { polyLearningRate } from './schedule.ts';
import { Trainer } from './trainer.ts';
import type { TrainingLog } from './training-log.ts';
import type { TrainingRules } from './training-rules.ts';

/**
 * The default trainer of nnU-Net v1, in spite of its name: U-Net of the plans with deep supervision, Dice and
 * cross-entropy, SGD with Nesterov momentum, polynomial schedule, strong augmentation.
 *
 * Origin: v1's `nnUNetTrainerV2`.
 */
export class nnUNetTrainerV2 extends Trainer {
  override network(): NetworkDescription {
    const { num_modalities, num_classes } = this.plans;
    const inputChannels = num_modalities + (this.needsPreviousStage() ? num_classes : 0);
    const classes = this.regions()?.length;
    return describeNetwork(this.plans, this.stage, {
      inputChannels,
      ...(classes === undefined ? {} : { classes }),
      variant: this.networkVariant(),
      architectures: this.architectures,
    });
  }

  /** Changes to the network of the plans: norm, nonlinearity, features, residual encoder and the like. */
  networkVariant(): NetworkVariant {
    return {};
  }

  override recipe(batchSize: number): AugmentationRecipe {
    const { patch_size, do_dummy_2D_data_aug } = this.stagePlans;
    const { pools, deepSupervision } = this.network();
    const masks = this.plans.use_mask_for_norm;
    return recipeV1({
      patchSize: patch_size,
      batchSize,
      dummy2D: patch_size.length === 3 && do_dummy_2D_data_aug,
      ...(deepSupervision ? { poolKernels: pools } : {}),
      maskedChannels: Object.keys(masks)
        .filter((channel) => masks[channel])
        .map(Number),
      labels: this.learntLabels(),
      ...(this.needsPreviousStage() ? { cascadeClasses: this.plans.all_classes } : {}),
    });
  }

  override learningRate(initial: number, share: number, _log: TrainingLog): number {
    return polyLearningRate(initial, share);
  }

  override loss(_share?: number): Loss {
    return diceAndEntropy(this.lossOptions());
  }

  /** What every loss of this training needs to know. */
  protected lossOptions(): LossOptions {
    const ignoreLabel = this.ignoreLabel() ?? undefined;
    return { batchDice: this.batchDice(), regions: this.regions() !== null, ignoreLabel };
  }

  override optimizer(_share?: number): Optimizer {
    return sgd;
  }

  override rescue(): TrainingRules['rescue'] {
    return { afterEpoch: 100, momentum: 0.95 };
  }
}

/** The second stage of a cascade: it also sees the labels that the first predicted at low resolution. */
export class nnUNetTrainerV2CascadeFullRes extends nnUNetTrainerV2 {
  override trainsCascade(): boolean {
    return true;
  }
}
