import type { WeightMap } from '@nnunet/inference';
import { initialiseWeights } from '@nnunet/network';
import { openTorchFile } from '@nnunet/torch-checkpoint/node';
import { withPretrainedWeights } from '../pretrained-weights.ts';
import { resolveSettings, type TrainingSettings } from '../training-settings.ts';
import { continuedState, startingState } from '../training-state.ts';
import { type CheckpointV2, readCheckpointV2 } from '../v2/checkpoint-v2.ts';
import type { TrainerV2 } from '../v2/trainer-v2.ts';
import { beginningInWords } from './beginning-in-words.ts';
import { CONTINUE_FROM, type FoldFolder } from './fold-folder.ts';

export interface StartOptionsV2 {
  settings?: Partial<TrainingSettings>;
  /**
   * Continue from the latest, final or best checkpoint, of this program or of nnU-Net v2, if there is one; otherwise
   * start. Explicit settings replace the stored ones.
   */
  continueTraining?: boolean;
  /** Initial weights, of a network with the same encoder and decoder, whose heads are not taken; only for a new training. */
  pretrainedWeights?: WeightMap;
  /** Take those of `pretrainedWeights` that fit, instead of refusing another encoder or decoder. */
  partialWeights?: boolean;
}

/** The starting point of a training by nnU-Net v2's rules. */
export interface StartV2 {
  checkpoint: CheckpointV2;
  /** Which file it continues from, for the log; null for a new training. */
  continues: string | null;
  /** How a new training begins, for the log; null if there is nothing to tell. */
  begins: string | null;
}

/**
 * Starts from a checkpoint of the fold if asked to continue and there is one, otherwise from new weights. Changes nothing
 * on disk.
 *
 * @throws NnUNetError 'bad-checkpoint', 'bad-weights'
 */
export async function startOfTrainingV2(
  options: StartOptionsV2,
  trainer: TrainerV2,
  folder: FoldFolder,
): Promise<StartV2> {
  const settings = resolveSettings(options.settings, trainer.settings());
  const kind = options.continueTraining ? CONTINUE_FROM.find((one) => folder.has(one)) : undefined;
  if (kind === undefined) {
    const state = startingState(settings, trainer.optimizer().momentum);
    const fresh = initialiseWeights(trainer.network(), settings.seed);
    const { pretrainedWeights: given, partialWeights: partial } = options;
    const pretrained = given ? withPretrainedWeights(fresh, given, { partial, newHeads: true }) : null;
    const history = { dice: [], starts: [], ends: [] };
    return {
      checkpoint: { state, weights: pretrained?.weights ?? fresh, history },
      continues: null,
      begins: beginningInWords({ ...options, pretrained }),
    };
  }
  const file = folder.file(kind);
  const torch = await openTorchFile(file);
  try {
    const checkpoint = await readCheckpointV2(torch.value, trainer, settings, file);
    return {
      checkpoint: { ...checkpoint, state: continuedState(checkpoint.state, options.settings) },
      continues: `continuing from ${file}, after epoch ${checkpoint.state.epoch}`,
      begins: null,
    };
  } finally {
    await torch.close();
  }
}
