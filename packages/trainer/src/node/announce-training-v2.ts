import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AugmentationRecipe } from '@nnunet/augment';
import { counted, listed } from '@nnunet/errors/internal';
import type { Compute } from '@nnunet/network/node';
import type { Fold } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { copyFileAtomic, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { describeChangedSettings } from '../changed-settings.ts';
import type { TrainingState } from '../training-state.ts';
import { modelFilesV2 } from '../v2/model-files-v2.ts';
import type { TrainerContextV2, TrainerV2 } from '../v2/trainer-v2.ts';
import { casesWithoutForeground } from './cases-without-foreground.ts';
import { writeDebugFile } from './debug-file.ts';
import type { FoldData } from './fold-data.ts';
import type { LogFile } from './log-file.ts';
import { sharingInWords } from './sharing-in-words.ts';

/** Writes `plans.json`, `dataset.json` and, if there is one, `dataset_fingerprint.json` to the folder of a model. */
export async function writeModelFilesV2(
  modelFolder: string,
  preprocessedFolder: string,
  context: TrainerContextV2,
): Promise<void> {
  for (const [name, text] of Object.entries(modelFilesV2(context)))
    await writeFileAtomic(join(modelFolder, name), text);
  const fingerprint = join(preprocessedFolder, FILE_NAMES.fingerprintV2);
  if (existsSync(fingerprint)) await copyFileAtomic(fingerprint, join(modelFolder, FILE_NAMES.fingerprintV2));
}

export interface AnnouncementV2 {
  fold: Fold;
  foldFolder: string;
  /** The name that it was asked for by. */
  name: string;
  trainer: TrainerV2;
  recipe: AugmentationRecipe;
  batchSize: number;
  state: TrainingState;
  /** A line about the memory. */
  memory: string;
  compute?: Compute;
}

/** Says in the log what a training by nnU-Net v2's rules begins with, and in `debug.json` with every setting. */
export async function announceTrainingV2(about: AnnouncementV2, data: FoldData, log: LogFile): Promise<void> {
  const { fold, foldFolder, name, trainer, recipe, batchSize, state, memory, compute = {} } = about;
  const { split, training } = data;
  const { configuration } = trainer.context;
  if (split.made !== null) await log.line(`wrote ${FILE_NAMES.splits} with five folds`);
  await log.line(
    `${name} by the rules of nnU-Net v2, ${configuration}, fold ${fold}: ${counted(split.train.length, 'training case')}, ${counted(split.val.length, 'validation case')}`,
  );
  for (const notice of split.notices) await log.line(notice);
  const empty = await casesWithoutForeground(training);
  if (empty.length > 0) await log.line(`no foreground in ${listed(empty, 5)}: their patches are sampled anywhere`);
  await log.line(memory);
  const changes = describeChangedSettings(state.settings);
  if (changes !== '') await log.line(`settings that differ from nnU-Net's defaults: ${changes}`);
  const sharing = sharingInWords(batchSize, compute);
  if (sharing !== null) await log.line(sharing);
  const { device = 'cpu', sessions = 1 } = compute;
  await writeDebugFile(foldFolder, {
    trainer: name,
    fold,
    configuration,
    plans: trainer.context.plans.plans_name,
    settings: state.settings,
    batch_size: batchSize,
    patch_size: trainer.patchSize,
    optimizer: trainer.optimizer(),
    mirror_axes: trainer.mirrorAxes(),
    recipe,
    network: trainer.network(),
    device,
    sessions,
    log_file: log.path,
    epoch: state.epoch,
  });
}
