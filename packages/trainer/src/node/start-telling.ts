import { Audience } from '../audience.ts';
import { type Listeners, shippedListeners } from '../training-listener.ts';
import type { Announcement } from './announce-training.ts';
import type { FoldData } from './fold-data.ts';
import type { LogFile } from './log-file.ts';
import type { TrainingStart } from './training-start.ts';

/** Gathers the listeners of a training, and tells them that it starts. */
export async function startTelling(
  {
    task,
    fold,
    foldFolder,
    trainer,
    listeners = shippedListeners,
  }: Omit<Announcement, 'recipe'> & { listeners?: Listeners },
  { split }: FoldData,
  { state, batchSize }: TrainingStart,
  log: LogFile,
): Promise<Audience> {
  const { configuration, plans, stagePlans } = trainer;
  const regions = trainer.regionNames();
  const classes = regions.length > 0 ? regions : plans.all_classes.map(String);
  const training = { task, configuration, fold, trainer: trainer.constructor.name, foldFolder, classes };
  const audience = await Audience.gather(listeners, training, (text) => log.line(text));
  await audience.tell('started', {
    settings: state.settings,
    batchSize,
    patchSize: stagePlans.patch_size,
    trainingCases: split.train,
    validationCases: split.val,
    epoch: state.epoch,
  });
  return audience;
}
