import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { type FolderProgress, ModelV2 } from '@nnunet/inference/node';
import { readModelFolderV2 } from '@nnunet/inference/node/internal';
import { configurationV2 } from '@nnunet/network/internal';
import type { Compute } from '@nnunet/network/node';
import { type Fold, formatJson } from '@nnunet/schema';
import { FILE_NAMES, nextStageFileName } from '@nnunet/schema/internal';
import { type ValidatedModel, writeNextStageRecord, writePropertiesV2 } from '@nnunet/store/internal';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { ProgressClock } from '@nnunet/threads/internal';
import type { ImageFormats } from '@nnunet/volume';
import { writeVolume } from '@nnunet/volume/node';
import type { CheckpointKind } from '../training-ports.ts';
import { storeSplits } from './fold-cases.ts';
import { preparedFoldV2 } from './fold-data-v2.ts';
import { FoldFolder, NAMES_V2 } from './fold-folder.ts';
import { beginNextStage } from './next-stage-folder.ts';
import { type NextStageV2, nextStageOf, writeNextStageV2 } from './next-stage-v2.ts';
import { requireReferencesV2 } from './references-v2.ts';
import { validatedModel } from './validated-model.ts';
import { readValidationCaseV2 } from './validation-case-v2.ts';
import { beginValidation } from './validation-folder.ts';

export interface ValidateFoldOptionsV2 {
  /** Folder of the preprocessed dataset. */
  preprocessedFolder: string;
  /** `TRAINER__PLANS__CONFIGURATION`; the fold's folder is in it. */
  modelFolder: string;
  fold: Fold;
  /** Folder of `<case>_segFromPrevStage.npz`; needed by a cascade. */
  previousStageFolder?: string;
  /** Default: 'final'. */
  checkpoint?: CheckpointKind;
  /** Also write probabilities and properties, for v2's ensembles. Default: false. */
  saveProbabilities?: boolean;
  /** Predict cases again that this model has predicted already. Default: true. */
  overwrite?: boolean;
  /** For reading references and writing label maps. Default: NIfTI. */
  formats?: ImageFormats;
  /** Device and settings for running the network. */
  compute?: Compute;
  signal?: AbortSignal;
  onProgress?: (progress: FolderProgress) => void;
  onLog?: (text: string) => void;
}

export interface ValidatedFoldV2 {
  /** Folder of the predictions. */
  folder: string;
  cases: string[];
}

/**
 * Predicts the validation cases of a fold by nnU-Net v2's rules: label maps in `<fold>/validation` with the geometry of the
 * images, and on request v2's `.npz` and `.pkl`. What an earlier validation left there is deleted first, unless it is of
 * this model and may be kept; which model predicts is recorded in validation_args.json, which v2 does not have. Nothing is
 * scored. The first stage of a cascade also writes the input of the next one, except for fold 'all', which has seen the cases
 * that it predicts. The files of the model alone determine how to predict.
 *
 * @throws NnUNetError 'missing-checkpoint', 'missing-references' before anything is predicted, 'locked', and any error
 * from reading and writing
 *
 * Origin: v2's nnUNetTrainer.perform_actual_validation.
 */
export async function validateFoldV2(options: ValidateFoldOptionsV2): Promise<ValidatedFoldV2> {
  const { modelFolder, fold, checkpoint: kind = 'final', compute, onLog } = options;
  const foldFolder = new FoldFolder(modelFolder, fold, NAMES_V2);
  requireCheckpoint(foldFolder, kind);
  const lock = await foldFolder.lock(onLog);
  try {
    const choice = { folds: [fold], checkpoint: NAMES_V2.checkpoint(kind) };
    const { description, members, plans, dataset, files } = await readModelFolderV2(modelFolder, choice);
    const weights = members.map((member) => member.weights);
    const model = new ModelV2(description, weights, files, { compute });
    try {
      const own = configurationV2(plans, description.configuration, join(modelFolder, 'plans.json'));
      const identifier = String((own as { data_identifier?: unknown }).data_identifier);
      const signal = options.signal ? AbortSignal.any([options.signal, lock.signal]) : lock.signal;
      const where = join(modelFolder, 'plans.json');
      const next = nextStageOf(plans, description.configuration, { ...options, where });
      const fileEnding = String(dataset.file_ending ?? '.nii.gz');
      const validated = await validatedModel(foldFolder, kind, signal);
      const about = { fileEnding, identifier, next: fold === 'all' ? null : next, validated };
      return await predictCases(model, about, foldFolder, { ...options, signal });
    } finally {
      await model.dispose();
    }
  } finally {
    await lock.release();
  }
}

function requireCheckpoint(folder: FoldFolder, kind: CheckpointKind): void {
  if (folder.has(kind)) return;
  throw new NnUNetError('missing-checkpoint', {
    what: `no checkpoint found (${NAMES_V2.checkpoint(kind)})`,
    where: folder.path,
    remedy: 'Finish the training of this fold first (`continueTraining` continues it).',
  });
}

/** What is predicted, for which next stage, and with which model: null if it is not kept. */
interface PredictedFold {
  fileEnding: string;
  /** Of the prepared cases. */
  identifier: string;
  next: NextStageV2 | null;
  validated: ValidatedModel | null;
}

async function predictCases(
  model: ModelV2,
  { fileEnding, identifier, next, validated }: PredictedFold,
  foldFolder: FoldFolder,
  options: ValidateFoldOptionsV2,
): Promise<ValidatedFoldV2> {
  const { preprocessedFolder, fold, formats, saveProbabilities = false, signal, onLog, onProgress } = options;
  const data = await preparedFoldV2({ preprocessedFolder, fold }, identifier);
  const { val: cases } = data.split;
  const { reorients } = model.description;
  const { previousStageFolder } = options;
  const source = {
    model,
    folder: data.folder,
    preprocessedFolder,
    previousStageFolder,
    fileEnding,
    reorients,
    formats,
  };
  await requireReferencesV2({ ...source, cases });
  await storeSplits(preprocessedFolder, data.split, onLog);
  const folder = join(foldFolder.path, FILE_NAMES.validationV2);
  const overwrite = (options.overwrite ?? true) || validated === null;
  await beginValidation(folder, { names: cases, model: validated, args: {}, overwrite, fileEnding, onLog });
  if (next !== null) await beginNextStage(next.folder, { fold, ids: cases, model: validated, overwrite });
  // The label map is written last.
  const isDone = (id: string) =>
    [fileEnding, ...(saveProbabilities ? ['.npz', '.pkl'] : [])].every((end) => existsSync(join(folder, id + end))) &&
    (next === null || existsSync(join(next.folder, nextStageFileName(id))));
  const pending = cases.filter((id) => overwrite || !isDone(id));
  const kept = cases.length - pending.length;
  const clock = new ProgressClock(pending.map(() => 1));
  for (const [index, id] of pending.entries()) {
    signal?.throwIfAborted();
    const { image, geometry } = await readValidationCaseV2(source, id);
    const logits = await model.ensemble.predict(image, {
      signal,
      onProgress: ({ done, total }) => {
        const share = done / total;
        onProgress?.({
          caseId: id,
          casesDone: kept + index,
          cases: cases.length,
          share,
          secondsLeft: clock.secondsLeft(share),
        });
      },
    });
    if (next !== null) await writeNextStageV2(next, id, logits, model.description, onLog);
    const prediction = model.rules.prediction(geometry, logits);
    const base = join(folder, id);
    if (saveProbabilities) {
      const { arrays, properties } = prediction.archive();
      await writeNpzFile(`${base}.npz`, arrays);
      await writeFileAtomic(`${base}.json`, formatJson(properties));
      await writePropertiesV2(base);
    }
    await writeVolume(base + fileEnding, prediction.labels(), formats);
    clock.finish(1);
  }
  if (next !== null && validated !== null)
    await writeNextStageRecord(next.folder, fold, { model: validated, finished: true });
  return { folder, cases };
}
