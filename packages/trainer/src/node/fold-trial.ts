import type { AugmentationRecipe } from '@nnunet/augment';
import type { Transforms } from '@nnunet/augment/transforms';
import type { Compute } from '@nnunet/network/node';
import { callTrainer, checkTrainer } from '../check-trainer.ts';
import { createTrainer, type TrainerChoice } from '../create-trainer.ts';
import type { TrainingDecisions } from '../training-decisions.ts';
import { trainingRecipe } from '../training-recipe.ts';
import type { TrainingSettings } from '../training-settings.ts';
import { createTrainerV2, type TrainerChoiceV2 } from '../v2/create-trainer-v2.ts';
import { type FoldData, foldData } from './fold-data.ts';
import { type FoldDataNeedsV2, foldDataV2 } from './fold-data-v2.ts';
import { FoldFolder, NAMES_V2 } from './fold-folder.ts';
import type { FoldTask } from './fold-task.ts';
import { requireValidation } from './validation-needs.ts';

/** What differs between the rules of nnU-Net v1 and v2 when a fold is tried out before its training. */
export interface FoldTrial {
  readonly trainer: TrainingDecisions;
  readonly folder: FoldFolder;
  /** Where the transforms of a recipe are looked up; the shipped ones if undefined. */
  readonly transforms: Transforms | undefined;
  /** Finds the cases. @throws NnUNetError as a training of the fold */
  data(): Promise<FoldData>;
  /** Returns how batches are made. @param cases all prepared ones */
  recipe(batchSize: number, cases: readonly string[]): AugmentationRecipe;
  /** Checks the trainer's other decisions. @throws NnUNetError 'bad-trainer' */
  check(settings: TrainingSettings, recipe: AugmentationRecipe): void;
}

interface TriedFoldV1 extends FoldTask, TrainerChoice {
  transforms?: Transforms;
  evaluate?: boolean;
  predictNextStage?: boolean;
}

interface TriedFoldV2 extends FoldDataNeedsV2, TrainerChoiceV2, Pick<FoldTask, 'modelFolder'> {}

/** A fold of v1's rules or of v2's: the options of `train` or of `trainV2` that say what is trained, and on what. */
export type TriedFold = TriedFoldV1 | TriedFoldV2;

/** How it is tried out, with the options that `train` and `trainV2` share. */
export type TrialOptions = TriedFold & {
  settings?: Partial<TrainingSettings>;
  workers?: number;
  compute?: Compute;
  maxMemory?: number;
  signal?: AbortSignal;
};

/**
 * Returns how a fold is tried out by its rules: a dataset.json is v2's.
 *
 * @throws NnUNetError as a training for a trainer that does not exist or does not fit the plans
 */
export function foldTrial(fold: TriedFold): FoldTrial {
  return 'dataset' in fold ? trialV2(fold) : trialV1(fold);
}

function trialV1(fold: TriedFoldV1): FoldTrial {
  const trainer = createTrainer(fold);
  callTrainer(trainer);
  return {
    trainer,
    folder: new FoldFolder(fold.modelFolder, fold.fold),
    transforms: fold.transforms,
    data: async () => {
      const data = await foldData(fold, trainer);
      await requireValidation(fold, trainer, data.split.val);
      return data;
    },
    recipe: (batchSize, cases) => trainingRecipe(trainer, batchSize, cases),
    check: (settings, recipe) => checkTrainer(trainer, settings, recipe),
  };
}

function trialV2(fold: TriedFoldV2): FoldTrial {
  const trainer = createTrainerV2(fold);
  return {
    trainer,
    folder: new FoldFolder(fold.modelFolder, fold.fold, NAMES_V2),
    transforms: undefined,
    data: () => foldDataV2(fold, trainer),
    recipe: (batchSize) => trainer.recipe(batchSize),
    check: () => undefined,
  };
}
