import type { AugmentationRecipe } from '@nnunet/augment';
import type { Loss, NetworkVariant, OptimizerOptions } from '@nnunet/network';
import { adamOptimizer } from '@nnunet/network/internal';
import { crossEntropy } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../nnunet-trainer-v2.ts';
import type { TrainingLog } from '../training-log.ts';
import type { TrainingRules } from '../training-run.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { patienceIsOver, plateauLearningRate } from './plateau.ts';
import { recipeOfFirstGeneration, withoutAugmentation } from './recipes.ts';

/* v1's first generation of trainers. Origin: v1's nnUNetTrainer.py, nnUNetTrainerCascadeFullRes.py and nnUNet_variants. */

/**
 * Adam, a learning rate that falls when the training loss stays, an end when that no longer helps; no deep supervision, no
 * clipping, and less augmentation.
 */
export class nnUNetTrainer extends nnUNetTrainerV2 {
  override settings(): TrainingSettings {
    return { ...super.settings(), initialLearningRate: 3e-4 };
  }

  override networkVariant(): NetworkVariant {
    return { deepSupervision: false };
  }

  override optimizer(): OptimizerOptions {
    return { ...adamOptimizer, clipNorm: Number.POSITIVE_INFINITY };
  }

  override learningRate(initial: number, _share: number, { trainLosses }: TrainingLog): number {
    return plateauLearningRate(initial, trainLosses, 0);
  }

  override hasSettled(log: TrainingLog, nextRate: number): boolean {
    return patienceIsOver(log, nextRate);
  }

  override rescue(): TrainingRules['rescue'] {
    return null;
  }

  override recipe(batchSize: number): AugmentationRecipe {
    return recipeOfFirstGeneration(super.recipe(batchSize));
  }
}

/** The second stage of a cascade; in v1 it cannot be trained, as it has no optimiser. */
export class nnUNetTrainerCascadeFullRes extends nnUNetTrainer {
  override trainsCascade(): boolean {
    return true;
  }
}

/** Cross-entropy alone. */
export class nnUNetTrainerCE extends nnUNetTrainer {
  override loss(): Loss {
    return crossEntropy();
  }
}

/** Patches as they are; no mirroring in prediction. */
export class nnUNetTrainerNoDA extends nnUNetTrainer {
  override mirrorAxes(): number[] {
    return [];
  }

  override recipe(batchSize: number): AugmentationRecipe {
    return withoutAugmentation(super.recipe(batchSize));
  }
}
