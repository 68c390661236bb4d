import { NnUNetError } from '@nnunet/errors';
import type { WeightMap } from '@nnunet/inference';
import { initialiseWeights } from '@nnunet/network';
import { changedNetwork, momentumShapes } from '@nnunet/network/internal';
import { changedPlans } from '../changed-plans.ts';
import { withPretrainedWeights } from '../pretrained-weights.ts';
import type { Trainer } from '../trainer.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { continuedState, startingState, type TrainingState } from '../training-state.ts';
import { beginningInWords } from './beginning-in-words.ts';
import { checkMemory, type MemoryNeeds, type MemoryPlan } from './check-memory.ts';
import { CONTINUE_FROM, type FoldFolder } from './fold-folder.ts';

export interface StartOptions extends Omit<MemoryNeeds, 'trainer' | 'batchSize'> {
  settings?: Partial<TrainingSettings>;
  continueTraining?: boolean;
  pretrainedWeights?: WeightMap;
  /** Take those of the pretrained weights that fit, and leave the others. Default: all must fit, except heads. */
  partialWeights?: boolean;
}

/** The starting point of a training. */
export interface TrainingStart {
  state: TrainingState;
  weights: WeightMap;
  /** Default: zeros. */
  momenta?: WeightMap;
  batchSize: number;
  memory: MemoryPlan;
  /**
   * For the log: the checkpoint that it continues from, and what has changed in the plans since; null for a new
   * training.
   */
  continues: string | null;
  /** How a new training begins, for the log; null if there is nothing to tell. */
  begins: string | null;
}

/**
 * Starts from the latest checkpoint if asked to continue and there is one, otherwise from new weights. Changes nothing
 * on disk.
 *
 * @throws NnUNetError 'bad-weights' if the trainer's network has changed since, 'memory-limit', and any error from
 * reading a checkpoint
 */
export async function startOfTraining(
  options: StartOptions,
  trainer: Trainer,
  folder: FoldFolder,
): Promise<TrainingStart> {
  const fitting = async (settings: TrainingSettings) => {
    const batchSize = settings.batchSize ?? trainer.plannedBatchSize;
    return { batchSize, memory: await checkMemory({ ...options, trainer, batchSize }) };
  };
  if (options.continueTraining && folder.canContinue()) {
    const { kind, checkpoint } = await folder.load(CONTINUE_FROM, 'Start the training again.');
    const { weights, momenta } = checkpoint;
    const changed = changedPlans(checkpoint.model.plans, trainer.plans, trainer.stage);
    const changes = changedNetwork(checkpoint.model.network, trainer.network());
    if (changes.length > 0) throw anotherNetwork(folder.file(kind), changes, changed);
    const kept = momentumShapes(trainer.network(), trainer.optimizer());
    if (momenta.size === 0 && kept.length > 0) throw exportedForPrediction(folder.file(kind));
    const state = continuedState(checkpoint.state, options.settings);
    const step = await fitting(state.settings);
    const continues = [
      `continuing from ${folder.file(kind)}, after epoch ${checkpoint.state.epoch}`,
      ...(changed.length === 0
        ? []
        : [
            `warning: the plans have changed since this training began: ${changed.join(', ')} (to train with only the new plans, start a new training without \`continueTraining\`)`,
          ]),
    ].join('\n');
    return { state, weights, momenta, continues, begins: null, ...step };
  }
  const settings = resolveSettings(options.settings, trainer.settings());
  const step = await fitting(settings);
  const fresh = initialiseWeights(trainer.network(), settings.seed);
  const { pretrainedWeights: given, partialWeights: partial } = options;
  const pretrained = given ? withPretrainedWeights(fresh, given, { partial }) : null;
  // An optimiser that is missing is refused with the trainer's other decisions.
  const state = startingState(settings, trainer.optimizer()?.momentum);
  const weights = pretrained?.weights ?? fresh;
  return { state, weights, continues: null, begins: beginningInWords({ ...options, pretrained }), ...step };
}

function anotherNetwork(where: string, changes: readonly string[], plans: readonly string[]): NnUNetError {
  const planned = plans.length === 0 ? '' : `; the plans have changed too: ${plans.join(', ')}`;
  return new NnUNetError('bad-weights', {
    what: `this training began with another network: ${changes.join(', ')}${planned}`,
    where,
    remedy:
      'Restore the plans, the architecture and the networkVariant of the trainer, or start a new training without `continueTraining` (from these weights with `pretrainedWeights`).',
  });
}

function exportedForPrediction(where: string): NnUNetError {
  return new NnUNetError('bad-checkpoint', {
    what: 'this model was exported for prediction only: it contains no momenta, which continuing the training needs',
    where,
    remedy:
      'Export it with its momenta (`keepMomenta`), or start a new training from its weights (`pretrainedWeights`).',
  });
}
