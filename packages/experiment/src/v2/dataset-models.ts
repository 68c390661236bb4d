import { usageError } from '@nnunet/errors';
import { trainerNameV2 } from '@nnunet/pipeline/internal';
import { plansNameOfV2 } from '@nnunet/planner/internal';
import { DEFAULT_TRAINER, datasetModelFolder, FILE_NAMES } from '@nnunet/schema/internal';
import { NAMES_V2 } from '@nnunet/trainer/node/internal';
import type { ExperimentModels } from '../experiment-rules.ts';
import { optionValue } from '../typed-arguments.ts';

/** Of nnUNetv2_plan_and_preprocess. */
export const USUAL_PLANNER = 'ExperimentPlanner';

/** The models of datasets of v2. */
export const modelsV2: ExperimentModels = {
  trainer: trainerNameV2(DEFAULT_TRAINER),
  plans({ plans, planner: named, file, prepare }, { plannersV2 }) {
    // nnUNetv2_plan_and_preprocess calls the planner -pl, and nnUNet_run the plans.
    const isPlanner = plans !== undefined && plannersV2.names().includes(plans);
    const asked = named ?? (isPlanner ? plans : undefined);
    const name = isPlanner ? undefined : plans;
    const words = asked === undefined ? [...prepare] : [...prepare, '-pl', asked];
    const planner = optionValue(words, ['-pl']) ?? USUAL_PLANNER;
    const plansName = optionValue(words, ['-overwrite_plans_name']);
    const made = plansNameOfV2(plannersV2.get(planner), { plansName });
    return { plansIdentifier: name ?? (asked === undefined ? file : undefined) ?? made, prepare: words };
  },
  cascadeTrainer(asked, trainer) {
    if (asked === undefined || asked === trainer) return trainer;
    throw usageError({
      what: `by the rules of nnU-Net v2, a cascade has the trainer of the other configurations, ${trainer}, not ${asked}`,
      remedy: 'Leave out `cascadeTrainer`.',
    });
  },
  folder(roots, { task, trainer, plansIdentifier: plans }, configuration) {
    return datasetModelFolder(roots, { task, trainer, plans, configuration });
  },
  fold: NAMES_V2.folder,
  validation: FILE_NAMES.validationV2,
  checkpoint: NAMES_V2.checkpoint,
};
