import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { matchV2Weights } from '@nnunet/network/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { openTorchFile, type TorchFile } from '@nnunet/torch-checkpoint/node';
import type { WeightMap } from '../checkpoint-format.ts';
import { describeModelV2, type ModelDescriptionV2 } from '../v2/model-description-v2.ts';
import { type CheckpointChoice, findCheckpoints, V2_LAYOUT } from './find-checkpoints.ts';
import type { SessionOptions } from './node-ensemble.ts';
import { naming, readTorchWeights, tensorsOf } from './read-torch-weights.ts';
import { ModelV2 } from './trained-model.ts';

const PLANS = 'plans.json';
const DATASET = 'dataset.json';

/** Returns whether a folder is a model of nnU-Net v2: its plans have configurations. */
export async function isModelFolderV2(folder: string): Promise<boolean> {
  const file = join(folder, PLANS);
  if (!existsSync(file) || !existsSync(join(folder, DATASET))) return false;
  return typeof (await readObject(file)).configurations === 'object';
}

/** The content of a model folder of v2, without sessions to run it. */
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
}

/** Loads a model of nnU-Net v2. @throws NnUNetError the errors of {@link readModelFolderV2} */
export async function loadModelV2(folder: string, options: CheckpointChoice & SessionOptions = {}): Promise<ModelV2> {
  const { folds, checkpoint, ...sessionOptions } = options;
  const { description, members, plans, dataset } = await readModelFolderV2(folder, { folds, checkpoint });
  const weights = members.map((member) => member.weights);
  return new ModelV2(description, weights, { [PLANS]: plans, [DATASET]: dataset }, sessionOptions);
}

/**
 * Reads the folder of a model of nnU-Net v2, `<TRAINER>__<PLANS>__<CONFIGURATION>`. Trainer, configuration and mirror
 * axes come from the first fold's checkpoint; nothing in it is executed.
 *
 * @throws NnUNetError the errors of `findCheckpoints` and `describeModelV2`; 'bad-json', 'bad-checkpoint',
 * 'bad-weights'
 */
export async function readModelFolderV2(folder: string, choice: CheckpointChoice = {}): Promise<ModelContentV2> {
  const plans = await readObject(join(folder, PLANS));
  const dataset = await readObject(join(folder, DATASET));
  let description: ModelDescriptionV2 | undefined;
  const members: ModelContentV2['members'] = [];
  for (const file of await findCheckpoints(folder, choice, V2_LAYOUT)) {
    const torch = await openTorchFile(file);
    try {
      description ??= naming(file, () =>
        describeModelV2({ plans, dataset, ...settingsOf(torch, folder, file), where: folder }),
      );
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
  return { description: description!, members, plans, dataset };
}

/** Returns the settings in a checkpoint; if it lacks the configuration, that comes from the folder name. */
function settingsOf(
  { value }: TorchFile,
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
  const configuration = typeof said === 'string' ? said : (basename(resolve(folder)).split('__')[2] ?? '3d_fullres');
  return { trainer, configuration, mirrorAxes: get('inference_allowed_mirroring_axes') };
}

async function readObject(file: string): Promise<Record<string, unknown>> {
  const value = parseJsonWithNaN(await readTextFile(file), file);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
