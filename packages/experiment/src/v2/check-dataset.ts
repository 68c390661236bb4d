import { usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { imagesToPredictV2, requireChannelsV2 } from '@nnunet/pipeline/internal';
import { plansNameOfV2 } from '@nnunet/planner/internal';
import { FILE_NAMES, joinPath, preprocessedFolder } from '@nnunet/schema/internal';
import { filesIn, readTextFile } from '@nnunet/tensor/node/internal';
import type { CheckedExperiment } from '../experiment-rules.ts';
import { trainedConfigurations } from '../job.ts';
import { checkFolders } from '../prediction-folders.ts';
import { requireInitialWeights } from '../pretrained-weights.ts';
import { optionValue } from '../typed-arguments.ts';
import { readDescriptionV2, readPlansV2 } from './dataset-facts.ts';
import { USUAL_PLANNER } from './dataset-models.ts';

/**
 * Refuses for a dataset of v2 what a job would be refused for in its turn, perhaps days later: a planner that makes other
 * plans than those to train with, a trainer that does not exist or cannot train what is planned, and folders of images,
 * label maps or references that do not fit together.
 *
 * @throws NnUNetError 'usage', 'unknown-planner', 'unknown-trainer', 'missing-file', 'missing-folder', 'no-images',
 * 'missing-references', 'missing-predictions', …
 */
export async function checkDatasetExperiment(experiment: CheckedExperiment): Promise<void> {
  const { roots, settings, extensions } = experiment;
  extensions.trainersV2.get(settings.trainer);
  const plans = await readPlansV2(roots, settings);
  if (plans === null) checkPlanner(experiment);
  else await checkTrainer(experiment, plans.content);
  requireInitialWeights(settings);
  const { prediction, task } = settings;
  if (prediction === null) return;
  const dataset = await readDescriptionV2(roots, task);
  const { images } = prediction;
  const cases = await imagesToPredictV2(images, dataset.fileEnding);
  await requireChannelsV2(cases, { folder: images, dataset, known: extensions.formats });
  await checkFolders(
    prediction,
    cases.map(({ id }) => id + dataset.fileEnding),
    (folder) => filesIn(folder, dataset.fileEnding),
  );
}

function checkPlanner({ settings, extensions: { plannersV2 } }: CheckedExperiment): void {
  const { plansIdentifier } = settings;
  const { prepare = [] } = settings.arguments;
  const planner = optionValue(prepare, ['-pl']) ?? USUAL_PLANNER;
  const plansName = optionValue(prepare, ['-overwrite_plans_name']);
  const memory = optionValue(prepare, ['-gpu_memory_target']);
  const gpuMemoryTarget = memory === undefined ? undefined : Number(memory);
  const made = plansNameOfV2(plannersV2.get(planner), { plansName, gpuMemoryTarget });
  if (made === plansIdentifier) return;
  const makers = plannersV2.names().filter((name) => plansNameOfV2(plannersV2.get(name)) === plansIdentifier);
  throw usageError({
    what: `the planner ${planner} makes plans called ${made}, but those to train with are called ${plansIdentifier}`,
    remedy:
      makers.length > 0
        ? `Name the planner that makes them (\`planner\` ${listed(makers)}), or train with ${made} (\`plansIdentifier\`).`
        : `Train with the plans that it makes (\`plansIdentifier\` ${made}), or have them called ${plansIdentifier} (-overwrite_plans_name).`,
  });
}

/** What a trainer says of plans that are there, it says before anything runs. */
async function checkTrainer(
  { roots, settings, extensions, jobs }: CheckedExperiment,
  plans: Record<string, unknown>,
): Promise<void> {
  const where = preprocessedFolder(roots, settings.task);
  const dataset = await readTextFile(joinPath(where, FILE_NAMES.dataset));
  const Trainer = extensions.trainersV2.get(settings.trainer);
  for (const configuration of trainedConfigurations(jobs))
    new Trainer({ plans, dataset, configuration, where }).network();
}
