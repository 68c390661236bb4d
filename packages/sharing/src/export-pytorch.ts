import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type NnUNetError, usageError } from '@nnunet/errors';
import { CHECKPOINT_SUFFIX } from '@nnunet/inference/internal';
import { findCheckpoints, isModelFolderV2 } from '@nnunet/inference/node/internal';
import { writePickle } from '@nnunet/pickle';
import type { Reporter } from '@nnunet/pipeline';
import { requireConfiguration, trainedModelFolder } from '@nnunet/pipeline/internal';
import type { Roots } from '@nnunet/schema';
import { DEFAULT_PLANS_IDENTIFIER, FILE_NAMES, parseFold } from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { copyFileAtomic, isSamePath, readFileBytes, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { writeTorchFile } from '@nnunet/torch-checkpoint/node';
import { decodeTrainingCheckpoint } from '@nnunet/trainer/internal';
import { torchCheckpointV1, withIntegerKeys } from './torch-checkpoint-v1.ts';

export interface ExportPyTorchOptions {
  roots: Roots;
  /** Id or name of a task; required without `modelFolder`. */
  task?: string;
  /** Default: 3d_fullres. */
  configuration?: string;
  /** Default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade. */
  trainer?: string;
  /** Default: nnUNetPlansv2.1. */
  plansIdentifier?: string;
  /** Folder of the model, instead of the four above. */
  modelFolder?: string;
  /** Folds to export, or ['all']. Default: all trained folds. */
  folds?: readonly string[];
  /** Base name of the checkpoint. */
  checkpoint: string;
  /** Becomes the folder of the model. */
  outputFolder: string;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNet_export_pytorch: writes a model as nnU-Net v1 writes it, so that v1 predicts with it and continues
 * its training: `fold_K/<checkpoint>.model` and `.model.pkl`, `postprocessing.json` if there is one, and last `plans.pkl`.
 * Returns the files. A model of v2 has files of v2 already, which the error says.
 *
 * @throws NnUNetError 'usage', 'unknown-trainer', 'unsupported-network', and any error from reading
 * and writing
 */
export async function exportPyTorch(options: ExportPyTorchOptions): Promise<string[]> {
  const { checkpoint, outputFolder, reporter, signal } = options;
  const folds = options.folds?.map(parseFold);
  const folder = await folderOf(options);
  if (await isSamePath(folder, outputFolder))
    throw usageError({
      what: 'the model would be exported into its own folder',
      remedy: 'Choose another `outputFolder`.',
    });
  if (await isModelFolderV2(folder)) throw alreadyExported(folder, 'v2');
  reporter.message(`${folder} (rules of nnU-Net v1)`);
  const checkpoints = await findCheckpoints(folder, { folds, checkpoint });
  const foreign = checkpoints.find((file) => !file.endsWith(CHECKPOINT_SUFFIX));
  if (foreign !== undefined) throw alreadyExported(foreign, 'v1');
  const [, identifier = DEFAULT_PLANS_IDENTIFIER] = basename(resolve(folder)).split('__');
  const written: string[] = [];
  let plans: object = {};
  for (const [index, file] of checkpoints.entries()) {
    signal?.throwIfAborted();
    const fold = basename(dirname(file));
    const read = decodeTrainingCheckpoint(await readFileBytes(file), file);
    const task = typeof read.about.task === 'string' ? read.about.task : basename(dirname(resolve(folder)));
    const trained = { task, plans: identifier, fold: parseFold(fold.replace('fold_', '')) };
    const { model, settings } = torchCheckpointV1(read, trained, file);
    await mkdir(join(outputFolder, fold), { recursive: true });
    const path = join(outputFolder, fold, `${checkpoint}.model`);
    await writeTorchFile(path, model);
    await writeFileAtomic(`${path}.pkl`, writePickle(settings));
    written.push(path, `${path}.pkl`);
    plans = read.model.plans;
    reporter.progress({ what: 'exporting', done: index + 1, total: checkpoints.length, note: fold });
  }
  const rule = join(folder, FILE_NAMES.postprocessing);
  if (existsSync(rule)) {
    const copy = join(outputFolder, FILE_NAMES.postprocessing);
    await copyFileAtomic(rule, copy);
    written.push(copy);
  }
  // Last, since v1 refuses to predict from a folder without it: one that was not finished.
  const plansFile = join(outputFolder, 'plans.pkl');
  await writeFileAtomic(plansFile, writePickle(withIntegerKeys(plans)));
  return [...written, plansFile];
}

async function folderOf(options: ExportPyTorchOptions): Promise<string> {
  const { roots, task, configuration, trainer, plansIdentifier: plans, modelFolder } = options;
  if ((modelFolder === undefined) === (task === undefined))
    throw usageError({ what: 'give either `task` or `modelFolder`', remedy: 'Name the model to export.' });
  if (modelFolder !== undefined) return modelFolder;
  await requireConfiguration(roots, { task, configuration });
  return trainedModelFolder(roots, { task: await resolveTrainedTask(task!, roots), configuration, trainer, plans });
}

function alreadyExported(where: string, version: 'v1' | 'v2'): NnUNetError {
  const how =
    version === 'v1' ? '' : ': fold_N/checkpoint_final.pth. nnUNetv2_export_model_to_zip packs it for other machines';
  return usageError({
    what: `${where} is of nnU-Net ${version} already, with PyTorch's checkpoints`,
    remedy: `Use it there as it is${how}.`,
  });
}
