import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WeightMap } from '@nnunet/inference';
import { patchSizeOf } from '@nnunet/inference/internal';
import type { CheckpointChoice } from '@nnunet/inference/node';
import { isModelFolderV2, readModelFolder, readModelFolderV2 } from '@nnunet/inference/node/internal';
import { type ExportOptions, exportInferenceOnnx } from '@nnunet/network';
import type { Reporter } from '@nnunet/pipeline';
import { requireConfiguration, trainedModelFolder } from '@nnunet/pipeline/internal';
import { readPostprocessing } from '@nnunet/postprocess/node';
import { formatJson, type Roots } from '@nnunet/schema';
import { FILE_NAMES, parseFold } from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type OnnxFile, type OnnxManifest, onnxManifest } from './onnx-manifest.ts';
import { type OnnxManifestV2, onnxManifestV2 } from './onnx-manifest-v2.ts';

export interface ExportOnnxOptions {
  roots: Roots;
  /** Id or name of a task, or of a dataset of nnU-Net v2 whose models are installed. */
  task: string;
  /** Default: 3d_fullres. For this and the next two: for models of v2, the only one installed, if there is one. */
  configuration?: string;
  /** Default: nnUNetTrainerV2, or nnUNetTrainerV2CascadeFullRes for the cascade. */
  trainer?: string;
  /** Default: nnUNetPlansv2.1. */
  plansIdentifier?: string;
  /** Folds to export, or ['all']. Default: all trained folds. */
  folds?: readonly string[];
  /** Base name of the checkpoint. */
  checkpoint: string;
  outputFolder: string;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Name of the file that describes how to use the networks. */
export const MANIFEST_FILE = 'manifest.json';

/**
 * Implements nnUNet_export_onnx: writes the networks of a model as `fold_K.onnx`, using only standard operators and
 * accepting images of any size (one patch, for an architecture of your own), and last a manifest of all steps before and after them, so that another program can
 * produce the same labels. Returns the path of the manifest.
 *
 * @throws NnUNetError 'unsupported-preprocessor', and any error from reading the model and writing
 */
export async function exportOnnx(options: ExportOnnxOptions): Promise<string> {
  const { roots, configuration, trainer, plansIdentifier: plans, outputFolder, checkpoint, reporter, signal } = options;
  await requireConfiguration(roots, options);
  const folds = options.folds?.map(parseFold);
  const task = await resolveTrainedTask(options.task, roots);
  const folder = await trainedModelFolder(roots, { configuration, task, trainer, plans });
  const v2 = await isModelFolderV2(folder);
  reporter.message(`${folder} (rules of nnU-Net ${v2 ? 'v2' : 'v1'})`);
  const { members, networkOptions, manifestOf } = v2
    ? await modelOfV2(folder, { folds, checkpoint })
    : await modelOfV1(folder, { folds, checkpoint }, reporter);
  // Throws now if the model cannot be described.
  manifestOf([]);
  await mkdir(outputFolder, { recursive: true });
  const networks: OnnxFile[] = [];
  for (const [index, { file: from, weights }] of members.entries()) {
    signal?.throwIfAborted();
    const fold = basename(dirname(from));
    const model = exportInferenceOnnx({ ...networkOptions, weights });
    const file = `${fold}.onnx`;
    await writeFileAtomic(join(outputFolder, file), model);
    reporter.progress({ what: 'exporting', done: index + 1, total: members.length, note: fold });
    networks.push({ fold, file, sha256: createHash('sha256').update(model).digest('hex') });
  }
  const manifest = join(outputFolder, MANIFEST_FILE);
  await writeFileAtomic(manifest, formatJson(manifestOf(networks)));
  return manifest;
}

interface ExportedModel {
  members: { file: string; weights: WeightMap }[];
  /** Everything but the weights. */
  networkOptions: Omit<ExportOptions, 'weights'>;
  manifestOf(networks: OnnxFile[]): OnnxManifest | OnnxManifestV2;
}

async function modelOfV1(folder: string, choice: CheckpointChoice, reporter: Reporter): Promise<ExportedModel> {
  const { description, members } = await readModelFolder(folder, choice);
  const { network, nonlinearity } = description;
  const postprocessing = join(folder, FILE_NAMES.postprocessing);
  const rule = existsSync(postprocessing) ? await readPostprocessing(postprocessing) : null;
  const manifestOf = (networks: OnnxFile[]) => onnxManifest(description, networks, rule);
  if (network.graph === undefined)
    return { members, networkOptions: { description: network, nonlinearity }, manifestOf };
  const patchSize = patchSizeOf(description);
  const size = patchSize.join(' x ');
  reporter.message(
    `${network.architecture} is an architecture of your own: its networks take one patch of ${size} voxels`,
  );
  return { members, networkOptions: { description: network, nonlinearity, patchSize }, manifestOf };
}

/** v2 averages logits. */
async function modelOfV2(folder: string, choice: CheckpointChoice): Promise<ExportedModel> {
  const { description, members, dataset } = await readModelFolderV2(folder, choice);
  const manifestOf = (networks: OnnxFile[]) => onnxManifestV2(description, dataset, networks);
  return { members, networkOptions: { description: description.network, nonlinearity: 'none' }, manifestOf };
}
