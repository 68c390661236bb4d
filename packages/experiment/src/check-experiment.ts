import { usageError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { findCases } from '@nnunet/inference/node';
import { labelFiles } from '@nnunet/metrics/node/internal';
import { PRETRAINED_PLANNER } from '@nnunet/pipeline/internal';
import { adoptedPlansIdentifier, plansIdentifierOf } from '@nnunet/planner/internal';
import type { Configuration } from '@nnunet/schema';
import { trainerOf } from '@nnunet/schema/internal';
import { readPlans } from '@nnunet/store';
import { jsonOrPickleExists } from '@nnunet/store/internal';
import { createTrainer } from '@nnunet/trainer';
import type { ExperimentContext } from './experiment-context.ts';
import type { CheckedExperiment } from './experiment-rules.ts';
import { trainedConfigurations } from './job.ts';
import { PLANNER_OPTIONS } from './planner-options.ts';
import { checkFolders } from './prediction-folders.ts';
import { requireInitialWeights } from './pretrained-weights.ts';
import { plansFileOf, readDescription } from './task-facts.ts';
import { optionValue } from './typed-arguments.ts';

/**
 * Refuses for a task of v1 what a job would be refused for in its turn, perhaps days later: planners that make other plans than those to
 * train with, trainers that do not exist, modes of prediction that their models do not have, and folders of images, label maps or references that do not fit together.
 *
 * @throws NnUNetError 'usage', 'unknown-planner', 'unknown-trainer', 'missing-file', 'missing-folder', 'no-images',
 * 'bad-image-name', 'missing-references', 'missing-predictions', …
 */
export async function checkExperiment(experiment: CheckedExperiment): Promise<void> {
  checkPlanners(experiment);
  await checkTrainers(experiment);
  await checkPrediction(experiment);
}

function checkPlanners({ roots, settings, extensions: { planners }, jobs }: CheckedExperiment): void {
  const { plansIdentifier, configurations } = settings;
  const { prepare = [] } = settings.arguments;
  const target = optionValue(prepare, ['--gpu_memory_target']);
  for (const dimensions of ['2D', '3D'] as const) {
    const { flags, usual, option } = PLANNER_OPTIONS[dimensions];
    const isTrained = jobs.some(
      ({ kind, configuration }) => kind === 'train' && (configuration === '2d') === (dimensions === '2D'),
    );
    const asked = optionValue(prepare, flags) ?? usual;
    if (!isTrained || jsonOrPickleExists(plansFileOf(roots, settings, dimensions))) continue;
    if (asked === 'None') {
      throw usageError({
        what: `the planner of ${dimensions} networks is None, but ${configurations === null ? 'all configurations' : listed(configurations)} are to be trained`,
        remedy: `Name a planner (\`${option}\`), or the configurations to train (\`configurations\`).`,
      });
    }
    const made =
      asked === PRETRAINED_PLANNER
        ? adoptedPlansIdentifier(optionValue(prepare, ['-overwrite_plans_identifier']) ?? '')
        : plansIdentifierOf(planners.get(asked), target === undefined ? {} : { gpuMemoryTarget: Number(target) });
    if (made === plansIdentifier) continue;
    throw usageError({
      what: `the planner of ${dimensions} networks, ${asked}, makes plans called ${made}, but those to train with are called ${plansIdentifier}`,
      remedy:
        `Train with the plans that it makes (\`plansIdentifier\` ${made}), or name the planner that makes ${plansIdentifier} (\`${option}\`). ` +
        `Planners of 2D and 3D networks may name their plans differently: then train 2d and the others in two experiments (\`configurations\`).`,
    });
  }
}

async function checkTrainers({ roots, settings, extensions, jobs }: CheckedExperiment): Promise<void> {
  for (const configuration of trainedConfigurations(jobs) as Set<Configuration>) {
    const trainer = trainerOf(settings, configuration);
    extensions.trainers.get(trainer);
    const plansFile = plansFileOf(roots, settings, configuration === '2d' ? '2D' : '3D');
    if (!jsonOrPickleExists(plansFile)) continue;
    const created = createTrainer({ plans: await readPlans(plansFile), configuration, trainer, ...extensions });
    if (settings.prediction !== null && created.regions() !== null) requireUsualMode(settings);
  }
  requireInitialWeights(settings);
}

async function checkPrediction({ roots, settings, extensions }: CheckedExperiment): Promise<void> {
  const { prediction, task } = settings;
  if (prediction === null) return;
  const { images } = prediction;
  const { modality, regions } = await readDescription(roots, task);
  if (regions !== undefined) requireUsualMode(settings);
  const { cases } = await findCases(images, Object.values(modality), extensions.formats);
  await checkFolders(
    prediction,
    cases.map(({ id }) => `${id}.nii.gz`),
    labelFiles,
  );
}

/** Models of regions have no other. */
function requireUsualMode({ arguments: { predict = [] } }: ExperimentContext['settings']): void {
  const mode = optionValue(predict, ['--mode']);
  if (mode === undefined || mode === 'normal') return;
  throw usageError({
    what: `models of regions do not support \`mode\` ${mode}, so that the trained models could not predict the images`,
    remedy: 'Use `mode` normal.',
  });
}
