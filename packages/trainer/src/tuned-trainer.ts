import { NnUNetError, usageError } from '@nnunet/errors';
import type { ModelDescription } from '@nnunet/inference';
import type { StoredNetworks } from '@nnunet/inference/internal';
import { changedNetwork } from '@nnunet/network/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { checkConfiguration } from '@nnunet/schema/internal';
import { createTrainer } from './create-trainer.ts';
import type { Trainer } from './trainer.ts';
import type { TrainingDecisions } from './training-decisions.ts';
import { shippedTrainersV2 } from './v2/trainer-registry-v2.ts';
import type { TrainerV2 } from './v2/trainer-v2.ts';

/**
 * Returns the trainer that the training of a model of this program or of nnU-Net v1 is continued with: the one that made
 * it, for its plans.
 *
 * @param where file of the model, for error messages
 * @throws NnUNetError 'usage' for a cascade's second stage; 'unknown-trainer' for a trainer that is not shipped,
 * 'bad-weights' if it would train another network
 */
export function tunedTrainer(
  { rules }: Pick<StoredNetworks, 'rules'>,
  where: string,
): { trainer: Trainer; model: ModelDescription } {
  requireFirstStage(rules, where);
  const model = rules.description as ModelDescription;
  const { plans, trainer: name } = model;
  const trainer = createTrainer({ plans, configuration: checkConfiguration(model.configuration), trainer: name });
  requireSameNetwork({ rules }, trainer, where);
  return { trainer, model };
}

/** As {@link tunedTrainer}, for a model of nnU-Net v2. @throws NnUNetError also 'bad-plans', 'bad-dataset' */
export function tunedTrainerV2({ rules }: Pick<StoredNetworks, 'rules'>, where: string): TrainerV2 {
  requireFirstStage(rules, where);
  const { trainer: name, configuration } = rules.description;
  const { 'plans.json': text = '{}', 'dataset.json': dataset = '{}' } = rules.files;
  const plans = Object(parseJsonWithNaN(text, `${where}/plans.json`)) as Record<string, unknown>;
  const trainer = new (shippedTrainersV2.get(name))({ plans, dataset, configuration, where });
  requireSameNetwork({ rules }, trainer, where);
  return trainer;
}

function requireFirstStage({ needsPreviousStage }: StoredNetworks['rules'], where: string): void {
  if (!needsPreviousStage) return;
  throw usageError({
    what: 'is the second stage of a cascade, which needs the labels of the first',
    where,
    remedy: 'Use a model of 2d, 3d_lowres or 3d_fullres.',
  });
}

function requireSameNetwork(
  { rules: { description } }: Pick<StoredNetworks, 'rules'>,
  trainer: TrainingDecisions,
  where: string,
): void {
  const changes = changedNetwork(description.network, trainer.network());
  if (changes.length === 0) return;
  throw new NnUNetError('bad-weights', {
    what: `${description.trainer} would train another network with these plans: ${changes.join(', ')}`,
    where,
    remedy: 'Use a model that was trained with a shipped trainer and architecture.',
  });
}
