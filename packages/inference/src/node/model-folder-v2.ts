import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { DATASET, type ModelContentV2, PLANS, readFoldsV2, readJsonObject } from '../v2/read-folds-v2.ts';
import { type CheckpointChoice, findCheckpoints, V2_LAYOUT } from './find-checkpoints.ts';
import type { IntegerChoice } from './integer-choice.ts';
import type { SessionOptions } from './node-ensemble.ts';
import { nodeFiles } from './node-files.ts';
import { ModelV2 } from './trained-model.ts';

/** Returns whether a folder is a model of nnU-Net v2: its plans have configurations. */
export async function isModelFolderV2(folder: string): Promise<boolean> {
  const file = join(folder, PLANS);
  if (!existsSync(file) || !existsSync(join(folder, DATASET))) return false;
  return typeof (await readJsonObject(nodeFiles, file)).configurations === 'object';
}

/** Loads a model of nnU-Net v2. @throws NnUNetError the errors of {@link readModelFolderV2} */
export async function loadModelV2(
  folder: string,
  options: CheckpointChoice & SessionOptions,
  integers: IntegerChoice | null,
): Promise<ModelV2> {
  const { folds, checkpoint, ...sessionOptions } = options;
  const { description, members, files } = await readModelFolderV2(folder, { folds, checkpoint });
  const weights = members.map((member) => member.weights);
  return new ModelV2(description, weights, files, { ...sessionOptions, integers });
}

/**
 * Reads the folder of a model of nnU-Net v2, `<TRAINER>__<PLANS>__<CONFIGURATION>`.
 *
 * @throws NnUNetError the errors of `findCheckpoints` and `readFoldsV2`
 */
export async function readModelFolderV2(folder: string, choice: CheckpointChoice = {}): Promise<ModelContentV2> {
  const checkpoints = await findCheckpoints(folder, choice, V2_LAYOUT);
  return readFoldsV2(nodeFiles, { folder: join(folder, '/'), name: basename(resolve(folder)) }, checkpoints);
}
