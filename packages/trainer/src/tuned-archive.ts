import type { ModelDescription } from '@nnunet/inference';
import { CHECKPOINT_NAMES, CHECKPOINT_SUFFIX, checkpointJson } from '@nnunet/inference/internal';
import { formatJson } from '@nnunet/schema';
import { DEFAULT_PLANS_IDENTIFIER, FILE_NAMES, foldFolderName } from '@nnunet/schema/internal';
import { decodeSafetensors } from '@nnunet/tensor';
import { crc32, zipChunks } from '@nnunet/tensor/internal';

/** Number of the task of models that were adapted in a page, where their own is not known. */
const TASK_ID = 999;

/**
 * Returns the task of an adapted model: `Task999_<NAME>_adapted`, so that it is not installed over the original.
 *
 * @param original title or file name of the model that was adapted
 */
export function adaptedTask(original: string): string {
  const name = original
    .replace(/\.(zip|safetensors)$/i, '')
    .replace(/^Task\d+_/, '')
    .replace(/(_adapted)+$/, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
  return `Task${TASK_ID}_${name === '' ? 'Model' : name}_adapted`;
}

/**
 * Packs a fine-tuned model as `nnUNet_install_pretrained_model_from_zip`, `loadModel` and, once it is unpacked,
 * `nnUNet_predict --model_folder` read it: `<CONFIG>/<TASK>/<TRAINER>__<PLANS>` with the checkpoint as its only fold,
 * and the plans. Weights do not compress; everything is stored as it is.
 *
 * @param model checkpoint of {@link prepareFineTuning}
 * @throws NnUNetError 'bad-safetensors', 'bad-checkpoint'
 */
export function archiveOfTuned(model: Uint8Array, task: string): Uint8Array[] {
  const { metadata } = decodeSafetensors(model, task);
  const { configuration, trainer, plans } = checkpointJson(metadata, task).model as ModelDescription;
  const folder = `${configuration}/${task}/${trainer}__${DEFAULT_PLANS_IDENTIFIER}`;
  const files = {
    [`${folder}/${foldFolderName(0)}/${CHECKPOINT_NAMES.final}${CHECKPOINT_SUFFIX}`]: model,
    [`${folder}/${FILE_NAMES.modelPlans}`]: new TextEncoder().encode(formatJson(plans)),
  };
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
