import { usageError } from '@nnunet/errors';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import {
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  FILE_NAMES,
  foldFolderName,
  modelFolder,
  trainerOf,
} from '@nnunet/schema/internal';
import type { ExperimentModels } from './experiment-rules.ts';

/** The models of tasks of v1. */
export const modelsV1: ExperimentModels = {
  trainer: DEFAULT_TRAINER,
  plans({ plans, planner, file, prepare }) {
    if (planner === undefined) return { plansIdentifier: plans ?? file ?? DEFAULT_PLANS_IDENTIFIER, prepare };
    throw usageError({
      what: 'tasks of v1 have a planner of 2D and one of 3D networks',
      remedy: 'Name them with `planner2d` and `planner3d`, and their plans with `plansIdentifier`.',
    });
  },
  cascadeTrainer: (asked = DEFAULT_CASCADE_TRAINER) => asked,
  folder(roots, settings, configuration) {
    const { task, plansIdentifier: plans } = settings;
    return modelFolder(roots, { configuration, task, trainer: trainerOf(settings, configuration), plans });
  },
  fold: foldFolderName,
  validation: FILE_NAMES.validation,
  checkpoint: (kind) => CHECKPOINT_NAMES[kind] + CHECKPOINT_SUFFIX,
};
