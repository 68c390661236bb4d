import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import type { ModelDescription } from '../model-description.ts';
import { modelPostprocessing } from '../model-postprocessing.ts';
import type { ModelPostprocessing } from '../model-rules.ts';
import { type ModelContent, readFolds } from '../read-folds.ts';
import { type CheckpointChoice, findCheckpoints } from './find-checkpoints.ts';
import { chooseIntegers, NO_INTEGERS_V2 } from './integer-choice.ts';
import { isModelFolderV2, loadModelV2 } from './model-folder-v2.ts';
import type { SessionOptions } from './node-ensemble.ts';
import { nodeFiles } from './node-files.ts';
import { Model, type TrainedModel } from './trained-model.ts';

export interface LoadOptions extends CheckpointChoice, SessionOptions {
  /**
   * Compute with 8-bit integers, as the preset quick does, where all folds have been calibrated for them and lose little
   * by them; otherwise in floating point. `integers` of the model says which, and why. Default: false.
   */
  integers?: boolean;
}

/**
 * Loads a trained model from its folder, which contains everything needed for prediction: a model of this program or of
 * nnU-Net v1, `<CONFIG>/<TASK>/<TRAINER>__<PLANS>`, or of v2, `<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`. The folder may
 * be anywhere and have any name. Settings are taken from the first fold. Code named in the files is never executed. If
 * the folder of a model of this program or of v1 contains a `postprocessing.json`, it is applied to the label maps.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint'; 'bad-checkpoint', 'bad-safetensors',
 * 'bad-pickle', 'bad-postprocessing', 'bad-plans', 'bad-dataset', 'bad-weights', 'bad-integers' for damaged files; 'mixed-model' if the
 * folds do not belong together; 'unknown-trainer', 'unsupported-…' for unsupported models
 */
export async function loadModel(
  folder: string,
  { integers = false, ...options }: LoadOptions = {},
): Promise<TrainedModel> {
  const { folds, checkpoint, ...sessionOptions } = options;
  if (await isModelFolderV2(folder)) return loadModelV2(folder, options, integers ? NO_INTEGERS_V2 : null);
  const { description, members } = await readModelFolder(folder, { folds, checkpoint });
  const choice = integers ? await chooseIntegers(members, options.compute?.device) : null;
  return new Model(
    description,
    members.map(({ weights }) => weights),
    { ...sessionOptions, integers: choice, postprocessing: await postprocessingOf(folder, description) },
  );
}

/**
 * Reads the folder of a model of this program or of nnU-Net v1.
 *
 * @throws NnUNetError the errors of {@link loadModel}
 */
export async function readModelFolder(folder: string, choice: CheckpointChoice = {}): Promise<ModelContent> {
  return readFolds(nodeFiles, await findCheckpoints(folder, choice));
}

/** Returns the postprocessing that a model's folder prescribes; null if it prescribes none. */
async function postprocessingOf(folder: string, description: ModelDescription): Promise<ModelPostprocessing | null> {
  const file = join(folder, FILE_NAMES.postprocessing);
  if (!existsSync(file)) return null;
  return modelPostprocessing(new TextDecoder().decode(await readFileBytes(file)), file, description);
}
