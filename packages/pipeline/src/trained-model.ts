import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { nearestNames } from '@nnunet/errors/internal';
import { modelsIn } from '@nnunet/inference/node/internal';
import type { Roots } from '@nnunet/schema';
import {
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  datasetModelsFolder,
  isDatasetName,
  modelFolder,
  trainerOf,
} from '@nnunet/schema/internal';
import { shippedTrainers } from '@nnunet/trainer';

/** Selects a trained model. What is left out has a default: see {@link trainedModelFolder}. */
interface ModelChoice {
  /** Name of a task, or of a dataset of nnU-Net v2. */
  task: string;
  configuration?: string;
  trainer?: string;
  /** Plans identifier. */
  plans?: string;
}

const CHECK = 'Check `task`, `configuration`, `trainer` and `plansIdentifier`, and train the model or copy it there.';

/**
 * Returns the folder of a trained model. By default, that of 3d_fullres with v1's usual trainer and plans; if it does
 * not exist, the only one of the configuration with the trainer and the plans that were given. For a dataset of nnU-Net v2, by default the only installed model, or among several that of 3d_fullres, nnUNetTrainer and
 * nnUNetPlans.
 *
 * @throws NnUNetError 'missing-folder' naming similar models, or else similar trainers; 'usage' if several models of v2
 * fit
 */
export async function trainedModelFolder(roots: Roots, choice: ModelChoice): Promise<string> {
  if (isDatasetName(choice.task)) return folderOfV2(roots, choice);
  const { task, configuration = '3d_fullres', plans = DEFAULT_PLANS_IDENTIFIER } = choice;
  const usual = trainerOf({ trainer: DEFAULT_TRAINER, cascadeTrainer: DEFAULT_CASCADE_TRAINER }, configuration);
  const trainer = choice.trainer ?? usual;
  const folder = modelFolder(roots, { configuration, task, trainer, plans });
  if (existsSync(folder)) return folder;
  const beside = await modelsIn(dirname(folder));
  const [only, ...others] = beside.filter((name) => {
    const [itsTrainer, itsPlans] = name.split('__');
    return (choice.trainer ?? itsTrainer) === itsTrainer && (choice.plans ?? itsPlans) === itsPlans;
  });
  if (only !== undefined && others.length === 0) return join(dirname(folder), only);
  const trainers = shippedTrainers.names();
  const remedy =
    beside.length > 0
      ? nearestNames(basename(folder), beside, CHECK)
      : trainers.includes(trainer)
        ? CHECK
        : nearestNames(trainer, trainers, CHECK);
  throw new NnUNetError('missing-folder', { what: 'this model does not exist', where: folder, remedy });
}

/** Parts of the name of a v2 model's folder, in their order, and what v2 takes where they are not given. */
const PARTS_V2 = [
  ['trainer', 'nnUNetTrainer'],
  ['plans', 'nnUNetPlans'],
  ['configuration', '3d_fullres'],
] as const;

async function folderOfV2(roots: Roots, choice: ModelChoice): Promise<string> {
  const folder = datasetModelsFolder(roots, choice.task);
  const models = (await modelsIn(folder)).filter((name) => name.split('__').length === PARTS_V2.length);
  const part = (name: string, index: number) => name.split('__')[index];
  let fitting = models.filter((name) =>
    PARTS_V2.every(([key], index) => choice[key] === undefined || choice[key] === part(name, index)),
  );
  PARTS_V2.forEach(([, usual], index) => {
    const usually = fitting.filter((name) => part(name, index) === usual);
    if (usually.length > 0) fitting = usually;
  });
  const [model] = fitting;
  if (model === undefined) {
    const wanted = PARTS_V2.map(([key, usual]) => choice[key] ?? usual).join('__');
    throw new NnUNetError('missing-folder', {
      what: models.length === 0 ? 'no model of this dataset is installed' : 'this model is not installed',
      where: models.length === 0 ? folder : join(folder, wanted),
      remedy:
        models.length === 0
          ? 'Train it, or install its zip archive with nnUNet_install_pretrained_model_from_zip, and check `task`.'
          : nearestNames(wanted, models, 'Check `configuration`, `trainer` and `plansIdentifier`.'),
    });
  }
  if (fitting.length === 1) return join(folder, model);
  throw usageError({
    what: `several models of ${choice.task} fit: ${fitting.join(', ')}`,
    where: folder,
    remedy: 'Choose one with `configuration`, `trainer` and `plansIdentifier`.',
  });
}
