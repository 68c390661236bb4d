import { NnUNetError, usageError } from '@nnunet/errors';
import type { ModelDescription } from '@nnunet/inference';
import { needsPreviousStage, type StoredNetworks } from '@nnunet/inference/internal';
import { changedNetwork } from '@nnunet/network/internal';
import { checkConfiguration } from '@nnunet/schema/internal';
import { createTrainer } from './create-trainer.ts';
import type { Trainer } from './trainer.ts';

/**
 * Returns the trainer that a model's training is continued with: the one that made it, for its plans.
 *
 * @param where file of the model, for error messages
 * @throws NnUNetError 'unsupported-network' for a model of nnU-Net v2; 'usage' for a cascade's second stage;
 * 'unknown-trainer' for a trainer that is not shipped, 'bad-weights' if it would train another network
 */
export function tunedTrainer({ rules }: StoredNetworks, where: string): { trainer: Trainer; model: ModelDescription } {
  if (rules.version !== 1) {
    throw new NnUNetError('unsupported-network', {
      what: 'is a model of nnU-Net v2, which can only predict in a browser',
      where,
      remedy: 'Use a model that was trained by this program or by nnU-Net v1.',
    });
  }
  const model = rules.description as ModelDescription;
  if (needsPreviousStage(model)) {
    throw usageError({
      what: `is the second stage of a cascade, which needs the labels of the first`,
      where,
      remedy: 'Use a model of 2d, 3d_lowres or 3d_fullres.',
    });
  }
  const { plans, trainer: name } = model;
  const trainer = createTrainer({ plans, configuration: checkConfiguration(model.configuration), trainer: name });
  const changes = changedNetwork(model.network, trainer.network());
  if (changes.length === 0) return { trainer, model };
  throw new NnUNetError('bad-weights', {
    what: `${name} would train another network with these plans: ${changes.join(', ')}`,
    where,
    remedy: 'Use a model that was trained with a shipped trainer and architecture.',
  });
}
