import type { AugmentationRecipe } from '@nnunet/augment';
import { NnUNetError } from '@nnunet/errors';
import type { Loss, NetworkDescription, Optimizer } from '@nnunet/network';
import type { DiceOptions } from '@nnunet/network/losses';
import type { TrainingSettings } from '../training-settings.ts';
import { type TrainerContextV2, TrainerV2 } from './trainer-v2.ts';

/** What a variant does differently from {@link TrainerV2}. */
export interface ChangesV2 {
  settings?: Partial<TrainingSettings>;
  recipe?: (usual: AugmentationRecipe) => AugmentationRecipe;
  /** Axes to mirror along, in training and prediction, of a patch with this number of axes. */
  mirrorAxes?: (dimensions: number) => number[];
  dice?: Partial<DiceOptions>;
  /** @param dice its settings by plans and dataset.json @param regions whether regions are trained */
  loss?: (dice: Required<DiceOptions> & { ignoreLabel: number | undefined }, regions: boolean) => Loss;
  /** What v2 cannot train by it. */
  lacks?: 'regions' | 'ignore label';
  optimizer?: () => Optimizer;
  learningRate?: (initial: number, share: number) => number;
  deepSupervision?: boolean;
}

/** A trainer class of this name. */
export function variantOf(name: string, changes: ChangesV2): typeof TrainerV2 {
  return class extends TrainerV2 {
    static override readonly trainerName = name;

    constructor(context: TrainerContextV2) {
      super(context);
      const { regions, ignore } = this.labels;
      const given = { regions: regions !== null, 'ignore label': ignore !== null };
      if (changes.lacks === undefined || !given[changes.lacks]) return;
      throw new NnUNetError('usage', {
        what: `${name} cannot train a dataset with ${changes.lacks === 'regions' ? 'regions' : 'an ignore label'}, in nnU-Net v2 neither`,
        where: `${context.where ?? 'nnU-Net v2'}/dataset.json`,
        remedy: 'Choose another trainer.',
      });
    }

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
      return changes.loss?.(this.diceOptions(), this.labels.regions !== null) ?? this.lossOf(changes.dice);
    }

    override optimizer(): Optimizer {
      return changes.optimizer?.() ?? super.optimizer();
    }

    override learningRate(initial: number, share: number): number {
      return changes.learningRate?.(initial, share) ?? super.learningRate(initial, share);
    }
  };
}
