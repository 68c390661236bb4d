import { NnUNetError } from '@nnunet/errors';
import { matchV2Weights } from '@nnunet/network/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import type { WeightMap } from '../checkpoint-format.ts';
import type { ModelFiles, OpenTorchFile } from '../model-files.ts';
import { naming, readTorchWeights, tensorsOf } from '../read-torch-weights.ts';
import { describeModelV2, type ModelDescriptionV2 } from './model-description-v2.ts';

export const PLANS = 'plans.json';
export const DATASET = 'dataset.json';

/** The content of a model of v2, without sessions to run it. */
export interface ModelContentV2 {
  /** From the first fold. */
  description: ModelDescriptionV2;
  /** One per fold, with the checkpoint's file. */
  members: {
    file: string;
    weights: WeightMap;
    /** Epochs that the fold was trained for; null if the checkpoint does not say. */
    epochs: number | null;
  }[];
  /** plans.json */
  plans: Record<string, unknown>;
  /** dataset.json */
  dataset: Record<string, unknown>;
  /** The texts of both by name: their order is lost in objects, where names are numbers. */
  files: Record<string, string>;
}

/**
 * Reads the folds of a model of nnU-Net v2. Trainer, configuration and mirror axes come from the first fold's
 * checkpoint; nothing in it is executed.
 *
 * @param folder of plans.json and dataset.json, with a slash at its end
 * @param name of the folder, `<TRAINER>__<PLANS>__<CONFIGURATION>`
 * @param checkpoints paths, one per fold
 * @throws NnUNetError the errors of `describeModelV2`; 'bad-json', 'bad-checkpoint', 'bad-weights'
 */
export async function readFoldsV2(
  files: ModelFiles,
  { folder, name }: { folder: string; name: string },
  checkpoints: readonly string[],
): Promise<ModelContentV2> {
  const [plansText, datasetText] = [
    await textOf(files, `${folder}${PLANS}`),
    await textOf(files, `${folder}${DATASET}`),
  ];
  const plans = jsonObject(plansText, `${folder}${PLANS}`);
  const dataset = jsonObject(datasetText, `${folder}${DATASET}`);
  const where = folder.replace(/\/$/, '');
  let description: ModelDescriptionV2 | undefined;
  const members: ModelContentV2['members'] = [];
  for (const file of checkpoints) {
    const torch = await files.torch(file);
    try {
      description ??= naming(file, () => describeModelV2({ plans, dataset, ...settingsOf(torch, name, file), where }));
      const network = description.network;
      const matched = naming(file, () => matchV2Weights(tensorsOf(torch.value, 'network_weights', file), network));
      const epochs = torch.value instanceof Map ? torch.value.get('current_epoch') : undefined;
      members.push({
        file,
        weights: await readTorchWeights(matched, file),
        epochs: typeof epochs === 'number' ? epochs : null,
      });
    } finally {
      await torch.close();
    }
  }
  const texts = { [PLANS]: plansText, [DATASET]: datasetText };
  return { description: description!, members, plans, dataset, files: texts };
}

/** Returns the settings in a checkpoint; if it lacks the configuration, that comes from the folder name. */
function settingsOf(
  { value }: OpenTorchFile,
  folder: string,
  where: string,
): { trainer: string; configuration: string; mirrorAxes: unknown } {
  const get = (key: string) => (value instanceof Map ? value.get(key) : undefined);
  const trainer = get('trainer_name');
  if (typeof trainer !== 'string') {
    throw new NnUNetError('bad-checkpoint', {
      what: 'does not name its trainer ("trainer_name")',
      where,
      remedy: 'Use a checkpoint written by nnU-Net v2.',
    });
  }
  const init = get('init_args');
  const said = init instanceof Map ? init.get('configuration') : undefined;
  const configuration = typeof said === 'string' ? said : (folder.split('__')[2] ?? '3d_fullres');
  return { trainer, configuration, mirrorAxes: get('inference_allowed_mirroring_axes') };
}

/** Returns an empty object for other values. */
export async function readJsonObject(files: ModelFiles, file: string): Promise<Record<string, unknown>> {
  return jsonObject(await textOf(files, file), file);
}

async function textOf(files: ModelFiles, file: string): Promise<string> {
  return new TextDecoder().decode(await files.bytes(file));
}

function jsonObject(text: string, file: string): Record<string, unknown> {
  const value = parseJsonWithNaN(text, file);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
