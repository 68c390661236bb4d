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
import type { SessionOptions } from './fold-ensemble.ts';
import { type FoldContent, readCheckpointV1 } from './model-folder-v1.ts';
import { isModelFolderV2, loadModelV2 } from './model-folder-v2.ts';
import { Model, type TrainedModel } from './trained-model.ts';

/**
 * Loads a trained model from its folder, which holds everything that prediction needs: one of this program or of nnU-Net
 * v1, `<CONFIG>/<TASK>/<TRAINER>__<PLANS>`, or one of v2, `<DATASET>/<TRAINER>__<PLANS>__<CONFIG>`. The folder may lie and
 * be called as you like. The settings come from the first fold. Nothing that the files name is run. The label maps of a
 * model of this program or of v1 are corrected by the `postprocessing.json` in its folder, if there is one.
 *
 * @throws NnUNetError 'missing-folder', 'no-folds', 'missing-checkpoint'; 'bad-checkpoint', 'bad-safetensors',
 *   'bad-pickle', 'bad-postprocessing', 'bad-plans', 'bad-dataset', 'bad-weights' for damaged files; 'mixed-model' where the folds do not belong
 *   together; 'unknown-trainer', 'unsupported-…' for models that are not known here
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

/** What a model's folder says is done to its label maps; null where it says nothing. */
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

/** The content of a trained model's folder, without sessions to run it. */
export interface ModelContent {
  /** From the first fold. */
  description: ModelDescription;
  /** One a fold, with the checkpoint's file. */
  members: { file: string; weights: WeightMap }[];
}

/**
 * Reads the folder of a model of this program or of nnU-Net v1.
 *
 * @throws NnUNetError as {@link loadModel}
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
  // Copies: the bytes of the file, with the momenta in them, can be freed.
  const copies = [...weights].map(([name, { data, shape }]) => [name, { data: data.slice(), shape }] as const);
  return { description, weights: new Map(copies) };
}
