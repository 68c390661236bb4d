import { Audience } from '../audience.ts';
import type { Trainer } from '../trainer.ts';
import { type ListenedTraining, type Listeners, shippedListeners } from '../training-listener.ts';
import type { TrainingState } from '../training-state.ts';
import type { FoldData } from './fold-data.ts';
import type { LogFile } from './log-file.ts';

interface Start {
  training: ListenedTraining;
  listeners?: Listeners | undefined;
  state: TrainingState;
  batchSize: number;
  patchSize: readonly number[];
}

/** Gathers the listeners of a training, and tells them that it starts. */
export async function startTelling(
  { training, listeners = shippedListeners, state, batchSize, patchSize }: Start,
  { split }: FoldData,
  log: LogFile,
): Promise<Audience> {
  const audience = await Audience.gather(listeners, training, (text) => log.line(text));
  await audience.tell('started', {
    settings: state.settings,
    batchSize,
    patchSize: [...patchSize],
    trainingCases: split.train,
    validationCases: split.val,
    epoch: state.epoch,
  });
  return audience;
}

/** The classes of one of v1's trainers, by which listeners name its Dice. */
export function classesOf(trainer: Trainer): string[] {
  const regions = trainer.regionNames();
  return regions.length > 0 ? regions : trainer.plans.all_classes.map(String);
}
