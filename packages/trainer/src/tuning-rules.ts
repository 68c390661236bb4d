import type { ArrayCase, AugmentationRecipe } from '@nnunet/augment';
import type { WeightMap } from '@nnunet/inference';
import type { StoredNetworks } from '@nnunet/inference/internal';
import { concatenate } from '@nnunet/tensor/internal';
import { encodeCheckpoint } from './checkpoint.ts';
import type { EpochReport } from './finished-epoch.ts';
import type { TrainingDecisions } from './training-decisions.ts';
import { trainingRecipe } from './training-recipe.ts';
import type { TrainingState } from './training-state.ts';
import { archiveOfTunedV2 } from './tuned-archive.ts';
import { tunedTrainer, tunedTrainerV2 } from './tuned-trainer.ts';
import { type LabelledCase, prepareTuningCase, prepareTuningCaseV2 } from './tuning-cases.ts';

/** A model that was trained further. */
export interface TunedState {
  cases: readonly string[];
  state: TrainingState;
  weights: WeightMap;
  /** The finished epochs, and when each ended: seconds since 1970. */
  epochs: readonly { report: EpochReport; end: number }[];
}

/** What differs between models of nnU-Net v1 and v2 when they are trained further. */
export interface TuningRules {
  readonly trainer: TrainingDecisions;
  /** Returns how batches are made. @param cases all prepared ones */
  recipe(batchSize: number, cases: readonly string[]): AugmentationRecipe;
  /**
   * Prepares a case as for a training, by the plans of the model.
   *
   * @throws NnUNetError 'bad-case', 'other-grid', 'bad-labels', 'undeclared-labels', 'not-finite'
   */
  prepare(labelled: LabelledCase): ArrayCase;
  /** Returns the bytes of a file from which `loadModel` predicts. */
  encode(tuned: TunedState): Uint8Array;
}

/**
 * Returns the rules of the program that made a model, with its own trainer.
 *
 * @param where file of the model, for error messages
 * @throws NnUNetError 'usage' for a cascade's second stage; 'unknown-trainer' for a trainer that is not shipped,
 * 'bad-weights' if it would train another network; 'bad-plans', 'bad-dataset'
 */
export function tuningRules(stored: Pick<StoredNetworks, 'rules'>, where: string): TuningRules {
  return stored.rules.version === 2 ? rulesV2(stored, where) : rulesV1(stored, where);
}

function rulesV1(stored: Pick<StoredNetworks, 'rules'>, where: string): TuningRules {
  const { trainer, model } = tunedTrainer(stored, where);
  return {
    trainer,
    recipe: (batchSize, cases) => trainingRecipe(trainer, batchSize, cases),
    prepare: (labelled) => prepareTuningCase(labelled, trainer),
    encode: ({ cases, state, weights }) =>
      concatenate(encodeCheckpoint({ model, about: { cases }, state, weights, momenta: new Map() })),
  };
}

function rulesV2(stored: Pick<StoredNetworks, 'rules'>, where: string): TuningRules {
  const trainer = tunedTrainerV2(stored, where);
  return {
    trainer,
    recipe: (batchSize) => trainer.recipe(batchSize),
    prepare: (labelled) => prepareTuningCaseV2(labelled, trainer),
    encode: ({ state, weights, epochs }) => {
      const history = {
        dice: epochs.map(({ report }) => report.classDice),
        starts: epochs.map(({ report, end }) => end - report.seconds),
        ends: epochs.map(({ end }) => end),
      };
      return archiveOfTunedV2({ state, weights, history }, trainer);
    },
  };
}
