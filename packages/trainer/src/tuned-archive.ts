import type { ModelDescription } from '@nnunet/inference';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX, checkpointJson } from '@nnunet/inference/internal';
import { formatJson } from '@nnunet/schema';
import { DEFAULT_PLANS_IDENTIFIER, FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { decodeSafetensors, openZip } from '@nnunet/tensor';
import { concatenate, crc32, zipChunks } from '@nnunet/tensor/internal';
import { torchCheckpointChunks } from '@nnunet/torch-checkpoint';
import { type CheckpointV2, torchCheckpointV2 } from './v2/checkpoint-v2.ts';
import { modelFilesV2 } from './v2/model-files-v2.ts';
import type { TrainerV2 } from './v2/trainer-v2.ts';

/** Number of the task of models that were adapted in a page, where their own is not known. */
const TASK_ID = 999;

/** An archive to be saved. */
export interface TunedArchive {
  /** Of the task: `Task999_<NAME>_adapted`, in v2 `Dataset999_<NAME>_adapted`. */
  name: string;
  bytes: Uint8Array[];
}

/**
 * Packs a fine-tuned model as `nnUNet_install_pretrained_model_from_zip`, `loadModel` and, once it is unpacked,
 * `nnUNet_predict --model_folder` read it: `<CONFIG>/<TASK>/<TRAINER>__<PLANS>` with the checkpoint as its only fold,
 * and the plans; in v2 `<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`. Its task is called after the original, so that it is
 * not installed over it. Weights do not compress; everything is stored as it is.
 *
 * @param model of {@link prepareFineTuning}
 * @param original title or file name of the model that was adapted
 * @throws NnUNetError 'bad-safetensors', 'bad-checkpoint', 'bad-zip'
 */
export async function archiveOfTuned(model: Uint8Array, original: string): Promise<TunedArchive> {
  if (model[0] === ZIP) {
    const name = `Dataset${TASK_ID}_${nameAfter(original)}_adapted`;
    const files = [...(await openZip(model, original, Number.MAX_SAFE_INTEGER))].map(
      ([path, content]) => [path.replace(/^[^/]*/, name), content()] as const,
    );
    return { name, bytes: stored(Object.fromEntries(files)) };
  }
  const name = `Task${TASK_ID}_${nameAfter(original)}_adapted`;
  const { metadata } = decodeSafetensors(model, original);
  const { configuration, trainer, plans } = checkpointJson(metadata, original).model as ModelDescription;
  const folder = `${configuration}/${name}/${trainer}__${DEFAULT_PLANS_IDENTIFIER}`;
  const files = {
    [`${folder}/${foldFolderName(0)}/${CHECKPOINT_NAMES.final}${CHECKPOINT_SUFFIX}`]: model,
    [`${folder}/${FILE_NAMES.modelPlans}`]: text(formatJson(plans)),
  };
  return { name, bytes: stored(files) };
}

/** First byte of an archive: that of a safetensors file is the length of its header, which begins otherwise. */
const ZIP = 0x50;

function nameAfter(original: string): string {
  const name = original
    .replace(/\.(zip|safetensors)$/i, '')
    .replace(/^(Task|Dataset)\d+_/, '')
    .replace(/(_adapted)+$/, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
  return name === '' ? 'Model' : name;
}

/** Packs a fine-tuned model of nnU-Net v2 as an archive of one model, with what v2 needs beside the checkpoint. */
export function archiveOfTunedV2(checkpoint: CheckpointV2, trainer: TrainerV2): Uint8Array {
  const { plans, configuration } = trainer.context;
  const dataset = `Dataset${TASK_ID}_${nameAfter(String(plans.dataset_name ?? ''))}`;
  const folder = `${dataset}/${trainer.trainerName}__${String(plans.plans_name ?? 'nnUNetPlans')}__${configuration}`;
  const files = {
    ...Object.fromEntries(
      Object.entries(modelFilesV2(trainer.context)).map(([name, content]) => [`${folder}/${name}`, text(content)]),
    ),
    [`${folder}/${foldFolderName(0)}/checkpoint_final.pth`]: concatenate([
      ...torchCheckpointChunks(torchCheckpointV2(checkpoint, trainer, 0)),
    ]),
  };
  return concatenate(stored(files));
}

const text = (json: string) => new TextEncoder().encode(json);

function stored(files: Readonly<Record<string, Uint8Array>>): Uint8Array[] {
  return zipChunks(
    Object.entries(files).map(([name, bytes]) => ({
      name,
      method: 0,
      crc: crc32(bytes),
      size: bytes.length,
      compressed: [bytes],
    })),
  );
}
