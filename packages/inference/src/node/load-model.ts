import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { parsePostprocessing } from '@nnunet/postprocess';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { readFileBytes } from '@nnunet/tensor/node/internal';
import { decodeCheckpoint, type WeightMap } from '../checkpoint-format.ts';
import type { ModelDescription } from '../model-description.ts';
import type { ModelPostprocessing } from '../model-rules.ts';
import { type CheckpointChoice, findCheckpoints, V1_SUFFIX } from './find-checkpoints.ts';
import { type FoldContent, readCheckpointV1 } from './model-folder-v1.ts';
import { isModelFolderV2, loadModelV2 } from './model-folder-v2.ts';
import type { SessionOptions } from './node-ensemble.ts';
import { Model, type TrainedModel } from './trained-model.ts';

/**
 * Loads a trained model from its folder, which contains everything needed for prediction: a model of this program or of
 * nnU-Net v1, `<CONFIG>/<TASK>/<TRAINER>__<PLANS>`, or of v2, `<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`. The folder may
 * be anywhere and have any name. Settings are taken from the first fold. Code named in the files is never executed. If
 * the folder of a model of this program or of v1 contains a `postprocessing.json`, it is applied to the label maps.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint'; 'bad-checkpoint', 'bad-safetensors',
 * 'bad-pickle', 'bad-postprocessing', 'bad-plans', 'bad-dataset', 'bad-weights' for damaged files; 'mixed-model' if the
 * folds do not belong together; 'unknown-trainer', 'unsupported-…' for unsupported models
 */
export async function loadModel(
  folder: string,
  options: CheckpointChoice & SessionOptions = {},
): Promise<TrainedModel> {
  if (await isModelFolderV2(folder)) return loadModelV2(folder, options);
  const { folds, checkpoint, ...sessionOptions } = options;
  const { description, members } = await readModelFolder(folder, { folds, checkpoint });
  return new Model(
    description,
    members.map(({ weights }) => weights),
    { ...sessionOptions, postprocessing: await postprocessingOf(folder, description) },
  );
}

/** Returns the postprocessing that a model's folder prescribes; null if it prescribes none. */
async function postprocessingOf(
  folder: string,
  { plans, regionClassOrder }: ModelDescription,
): Promise<ModelPostprocessing | null> {
  const file = join(folder, FILE_NAMES.postprocessing);
  if (!existsSync(file)) return null;
  const text = new TextDecoder().decode(await readFileBytes(file));
  const rule = parsePostprocessing(text, file);
  const labels = regionClassOrder ?? Array.from({ length: plans.num_classes }, (_, i) => i + 1);
  const strange = [...new Set(rule.entries.flat())].filter((label) => !labels.includes(label));
  if (strange.length > 0) {
    throw new NnUNetError('bad-postprocessing', {
      what: `this postprocessing belongs to another model: it names ${strange.length === 1 ? 'label' : 'labels'} ${listed(strange.map(String))}, but this model has ${listed(labels.map(String))}`,
      where: file,
      remedy: 'Determine it again with nnUNet_determine_postprocessing, or remove the file.',
    });
  }
  return { rule, content: parseJsonWithNaN(text, file) };
}

/** The content of a model folder, without sessions to run it. */
export interface ModelContent {
  /** From the first fold. */
  description: ModelDescription;
  /** One per fold, with the checkpoint's file. */
  members: { file: string; weights: WeightMap }[];
}

/**
 * Reads the folder of a model of this program or of nnU-Net v1.
 *
 * @throws NnUNetError the errors of {@link loadModel}
 */
export async function readModelFolder(folder: string, choice: CheckpointChoice = {}): Promise<ModelContent> {
  const members: ModelContent['members'] = [];
  let first: { description: ModelDescription; file: string } | undefined;
  for (const file of await findCheckpoints(folder, choice)) {
    const { description, weights } = file.endsWith(V1_SUFFIX) ? await readCheckpointV1(file) : await readOwn(file);
    first ??= { description, file };
    if (JSON.stringify(description.network) !== JSON.stringify(first.description.network)) {
      throw new NnUNetError('mixed-model', {
        what: `this fold has a different network than ${first.file}`,
        where: file,
        remedy: 'Train all folds with the same plans and trainer, or select folds that belong together.',
      });
    }
    members.push({ file, weights });
  }
  return { description: first!.description, members };
}

async function readOwn(file: string): Promise<FoldContent> {
  const { description, weights } = decodeCheckpoint(await readFileBytes(file), file);
  // Copy the weights, so that the file's bytes with the momenta can be freed.
  const copies = [...weights].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }] as const);
  return { description, weights: new Map(copies) };
}
