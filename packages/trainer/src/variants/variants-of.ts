import type { AugmentationRecipe } from '@nnunet/augment';
import type { Loss, NetworkVariant, Optimizer } from '@nnunet/network';
import type { LossOptions } from '@nnunet/network/losses';
import { nnUNetTrainerV2 } from '../default-trainer-v1.ts';
import type { TrainingLog } from '../training-log.ts';
import type { TrainingRules } from '../training-rules.ts';
import type { TrainingSettings } from '../training-settings.ts';

/** What a variant does differently from the trainer that it extends: methods of a trainer, with what they need. */
export interface Changes {
  settings?: Partial<TrainingSettings>;
  network?: NetworkVariant;
  recipe?: (usual: AugmentationRecipe) => AugmentationRecipe;
  mirrorAxes?: number[];
  /** @param choice the trainer's choice between batch and sample Dice, and what the targets hold */
  loss?: (choice: LossOptions, share: number) => Loss;
  batchDice?: boolean;
  optimizer?: (usual: Optimizer, share: number, dimensions: number) => Optimizer;
  phase?: (share: number) => number;
  learningRate?: (initial: number, share: number, log: TrainingLog) => number;
  hasSettled?: (log: TrainingLog, nextRate: number) => boolean;
  rescue?: TrainingRules['rescue'];
  trainsCascade?: boolean;
}

/** A trainer class for each entry of a table, named by the prefix and the entry. */
export function variantsOf<Prefix extends string, Name extends string>(
  prefix: Prefix,
  table: Readonly<Record<Name, Changes>>,
  base: typeof nnUNetTrainerV2 = nnUNetTrainerV2,
): Record<`${Prefix}${Name}`, typeof nnUNetTrainerV2> {
  const variants = Object.entries<Changes>(table).map(([name, changes]) => {
    const variant = variantOf(base, changes);
    Object.defineProperty(variant, 'name', { value: prefix + name });
    return [variant.name, variant];
  });
  return Object.fromEntries(variants);
}

/** The same training under four more names, each with a folder of its own. */
export function copiesOf<Name extends string>(name: Name, changes: Changes) {
  const copies = [1, 2, 3, 4].map((copy) => [`${name}_copy${copy}`, changes]);
  return Object.fromEntries(copies) as Record<`${Name}_copy${1 | 2 | 3 | 4}`, Changes>;
}

function variantOf(base: typeof nnUNetTrainerV2, changes: Changes): typeof nnUNetTrainerV2 {
  return class extends base {
    override settings(): TrainingSettings {
      return { ...super.settings(), ...changes.settings };
    }

    override networkVariant(): NetworkVariant {
      return changes.network ?? super.networkVariant();
    }

    override recipe(batchSize: number): AugmentationRecipe {
      const usual = super.recipe(batchSize);
      return changes.recipe?.(usual) ?? usual;
    }

    override mirrorAxes(): number[] {
      return changes.mirrorAxes ?? super.mirrorAxes();
    }

    override loss(share = 0): Loss {
      return changes.loss?.(this.lossOptions(), share) ?? super.loss(share);
    }

    override batchDice(): boolean {
      return changes.batchDice ?? super.batchDice();
    }

    override optimizer(share = 0): Optimizer {
      const usual = super.optimizer(share);
      return changes.optimizer?.(usual, share, this.stagePlans.patch_size.length) ?? usual;
    }

    override phase(share: number): number {
      return changes.phase?.(share) ?? super.phase(share);
    }

    override learningRate(initial: number, share: number, log: TrainingLog): number {
      return changes.learningRate?.(initial, share, log) ?? super.learningRate(initial, share, log);
    }

    override hasSettled(log: TrainingLog, nextRate: number): boolean {
      return changes.hasSettled?.(log, nextRate) ?? super.hasSettled(log, nextRate);
    }

    override rescue(): TrainingRules['rescue'] {
      return changes.rescue === undefined ? super.rescue() : changes.rescue;
    }

    override trainsCascade(): boolean {
      return changes.trainsCascade ?? super.trainsCascade();
    }
  };
}
