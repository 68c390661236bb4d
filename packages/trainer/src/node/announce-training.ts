import type { AugmentationRecipe } from '@nnunet/augment';
import { listed } from '@nnunet/errors/internal';
import type { Compute } from '@nnunet/network/node';
import { chooseLowering, nodeRuntime, operatorsInPlainForm } from '@nnunet/network/node/internal';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { describeChangedSettings } from '../changed-settings.ts';
import type { Trainer } from '../trainer.ts';
import { casesWithoutForeground } from './cases-without-foreground.ts';
import { writeDebugFile } from './debug-file.ts';
import type { FoldData } from './fold-data.ts';
import type { FoldTask } from './fold-task.ts';
import type { LogFile } from './log-file.ts';
import { sharingInWords } from './sharing-in-words.ts';
import type { TrainingStart } from './training-start.ts';

export interface Announcement extends Pick<FoldTask, 'task' | 'fold'> {
  foldFolder: string;
  trainer: Trainer;
  recipe: AugmentationRecipe;
  compute?: Compute;
}

/** Says in the log what a training begins with, in words, and in `debug.json` with every setting. */
export async function announceTraining(
  { task, fold, foldFolder, trainer, recipe, compute = {} }: Announcement,
  { split, training }: FoldData,
  { state, batchSize, memory }: TrainingStart,
  log: LogFile,
): Promise<void> {
  const { sessions = 1 } = compute;
  const lowering = await loweringInWords(compute);
  if (split.made !== null) await log.line(`wrote ${FILE_NAMES.splits} with five folds`);
  await log.line(`fold ${fold}: ${cases(split.train, 'training')}, ${cases(split.val, 'validation')}`);
  for (const notice of split.notices) await log.line(notice);
  const empty = await casesWithoutForeground(training);
  if (empty.length > 0) {
    await log.line(`no foreground in ${listed(empty, 5)}: their patches are sampled anywhere`);
  }
  await log.line(memory.line);
  const changes = describeChangedSettings(state.settings);
  if (changes !== '') await log.line(`settings that differ from nnU-Net's defaults: ${changes}`);
  await log.line(lowering);
  const network = trainer.network();
  if (network.graph !== undefined) {
    const { fixed, patchSize } = network.graph;
    if (fixed) await log.line(`${network.architecture} works with patches of ${patchSize.join(' x ')} voxels only`);
    const step = { description: network, patchSize: trainer.stagePlans.patch_size, batchSize, loss: trainer.loss(0) };
    const plain = Object.entries(await operatorsInPlainForm(step, compute)).map(([op, count]) => `${count} ${op}`);
    if (plain.length > 0)
      await log.line(`operators of ${network.architecture} without a blocked form: ${plain.join(', ')}`);
  }
  const sharing = sharingInWords(batchSize, compute);
  if (sharing !== null) await log.line(sharing);
  await writeDebugFile(foldFolder, {
    trainer: trainer.constructor.name,
    task,
    fold,
    configuration: trainer.configuration,
    stage: trainer.stage,
    settings: state.settings,
    batch_size: batchSize,
    patch_size: trainer.stagePlans.patch_size,
    batch_dice: trainer.batchDice(),
    optimizer: trainer.optimizer(),
    mirror_axes: trainer.mirrorAxes(),
    recipe,
    network,
    lowering,
    sessions,
    log_file: log.path,
    epoch: state.epoch,
  });
}

function cases(ids: readonly string[], role: string): string {
  return `${ids.length} ${role} ${ids.length === 1 ? 'case' : 'cases'}`;
}

async function loweringInWords({ device = 'cpu', lowering: choice = 'auto' }: Compute): Promise<string> {
  if (device !== 'cpu') return `Device: ${device}, with standard operators.`;
  return choice === 'auto' ? (await chooseLowering(nodeRuntime)).reason : `Operators as requested: ${choice}.`;
}
