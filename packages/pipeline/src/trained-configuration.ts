import { existsSync } from 'node:fs';
import { type ComparedModels, readChoice } from '@nnunet/ensemble/node';
import { usageError } from '@nnunet/errors';
import { CONFIGURATIONS, type Configuration, type Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  DEFAULT_CASCADE_TRAINER,
  DEFAULT_PLANS_IDENTIFIER,
  DEFAULT_TRAINER,
  isDatasetName,
  modelFolder,
  needRoot,
  trainerOf,
} from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { outdatedInWords } from './outdated-choice.ts';
import type { Reporter } from './reporter.ts';
import { trainedModelFolder } from './trained-model.ts';

/** v1's default. */
const USUAL = '3d_fullres';

/**
 * Refuses a configuration that does not exist, before anything else is looked for. Datasets of nnU-Net v2 may have
 * configurations of their own.
 *
 * @param choice `task`: id or name
 * @throws NnUNetError 'usage'
 */
export async function requireConfiguration(
  roots: Roots,
  { task = '', configuration }: { task?: string | undefined; configuration?: string | undefined },
): Promise<void> {
  if (configuration === undefined || (CONFIGURATIONS as readonly string[]).includes(configuration)) return;
  const name = await resolveTrainedTask(task, roots).catch(() => task);
  if (!isDatasetName(name)) checkConfiguration(configuration);
}

/**
 * Chooses the configuration to predict with if none was given: the only one that is trained; otherwise the one that
 * nnUNet_find_best_configuration found to be the best; otherwise, or if the best is an ensemble, v1's default,
 * 3d_fullres. Says what it chose if there was a choice, and warns if the comparison is outdated: folds were trained again
 * since, or others were. undefined for datasets of nnU-Net v2, whose models
 * `trainedModelFolder` finds.
 *
 * @param choice trainers and plans have v1's defaults
 *
 * @throws NnUNetError 'usage' if several are trained, and 3d_fullres is not among them
 */
export async function trainedConfiguration(
  roots: Roots,
  choice: Pick<ComparedModels, 'task'> & { [K in keyof ComparedModels]?: ComparedModels[K] | undefined },
  reporter: Pick<Reporter, 'message' | 'warning'>,
): Promise<Configuration | undefined> {
  const { task } = choice;
  if (isDatasetName(task)) return undefined;
  const trainer = choice.trainer ?? DEFAULT_TRAINER;
  const cascadeTrainer = choice.cascadeTrainer ?? DEFAULT_CASCADE_TRAINER;
  const plans = choice.plans ?? DEFAULT_PLANS_IDENTIFIER;
  const usual = CONFIGURATIONS.filter((configuration) => {
    const own = trainerOf({ trainer, cascadeTrainer }, configuration);
    return existsSync(modelFolder(roots, { configuration, task, trainer: own, plans }));
  });
  const trained = usual.length > 0 ? usual : await foundConfigurations(roots, choice);
  const [first, second] = trained;
  if (first === undefined) return USUAL;
  if (second === undefined) {
    if (first !== USUAL) reporter.message(`predicting with ${first}, the only trained configuration of ${task}`);
    return first;
  }
  const results = needRoot(roots, 'results');
  const made = await readChoice(results, { task, trainer, cascadeTrainer, plans });
  const best = made?.best.members ?? [];
  const warnIfOutdated = async () => {
    const outdated = made && (await outdatedInWords(results, made, trained));
    if (outdated !== null) reporter.warning(outdated);
  };
  const [single] = trained.filter((configuration) => best.length === 1 && best[0] === configuration);
  if (single !== undefined) {
    reporter.message(`predicting with ${single}, the best configuration of ${task}`);
    await warnIfOutdated();
    return single;
  }
  if (!trained.includes(USUAL)) {
    throw usageError({
      what: `several configurations of ${task} are trained: ${trained.join(', ')}`,
      remedy: 'Choose one with `configuration`, or let nnUNet_find_best_configuration find the best.',
    });
  }
  reporter.message(
    best.length > 1
      ? `predicting with ${USUAL} alone. The best of ${task} is the ensemble of ${best.join(' and ')}: nnUNet_find_best_configuration printed the commands for it`
      : `predicting with ${USUAL}; ${task} also has ${trained.filter((one) => one !== USUAL).join(', ')}`,
  );
  if (best.length > 1) await warnIfOutdated();
  return USUAL;
}

/** Configurations of which a single model fits what was given, whatever its trainer and plans are. */
async function foundConfigurations(
  roots: Roots,
  { task, plans, ...choice }: Parameters<typeof trainedConfiguration>[1],
): Promise<Configuration[]> {
  const found: Configuration[] = [];
  for (const configuration of CONFIGURATIONS) {
    const trainer = configuration === '3d_cascade_fullres' ? choice.cascadeTrainer : choice.trainer;
    const folder = trainedModelFolder(roots, { task, configuration, trainer, plans });
    if (
      await folder.then(
        () => true,
        () => false,
      )
    )
      found.push(configuration);
  }
  return found;
}
