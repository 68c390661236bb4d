import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { patchSizeOf } from '@nnunet/inference/internal';
import { readModelFolder } from '@nnunet/inference/node/internal';
import { exportInferenceOnnx } from '@nnunet/network';
import type { Reporter } from '@nnunet/pipeline';
import { trainedModelFolder } from '@nnunet/pipeline/internal';
import { readPostprocessing } from '@nnunet/postprocess/node';
import { formatJson, type Roots } from '@nnunet/schema';
import { checkConfiguration, FILE_NAMES, parseFold } from '@nnunet/schema/internal';
import { resolveTask } from '@nnunet/store/internal';
import { writeFileAtomic } from '@nnunet/tensor/node/internal';
import { type OnnxFile, onnxManifest } from './onnx-manifest.ts';

export interface ExportOnnxOptions {
  roots: Roots;
  /** Id or name. */
  task: string;
  /** Default: 3d_fullres. */
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
  if (configuration !== undefined) checkConfiguration(configuration);
  const folds = options.folds?.map(parseFold);
  const task = await resolveTask(options.task, roots);
  const folder = await trainedModelFolder(roots, { configuration, task, trainer, plans });
  const { description, members } = await readModelFolder(folder, { folds, checkpoint });
  const postprocessing = join(folder, FILE_NAMES.postprocessing);
  const rule = existsSync(postprocessing) ? await readPostprocessing(postprocessing) : null;
  // Throws now if the model cannot be described.
  onnxManifest(description, [], rule);
  await mkdir(outputFolder, { recursive: true });
  const { architecture, graph } = description.network;
  if (graph !== undefined) {
    const size = patchSizeOf(description).join(' x ');
    reporter.message(`${architecture} is an architecture of your own: its networks take one patch of ${size} voxels`);
  }
  const networks: OnnxFile[] = [];
  for (const [index, { file: from, weights }] of members.entries()) {
    signal?.throwIfAborted();
    const fold = basename(dirname(from));
    const { network, nonlinearity } = description;
    const model = exportInferenceOnnx({
      description: network,
      weights,
      nonlinearity,
      ...(graph === undefined ? {} : { patchSize: patchSizeOf(description) }),
    });
    const file = `${fold}.onnx`;
    await writeFileAtomic(join(outputFolder, file), model);
    reporter.progress({ what: 'exporting', done: index + 1, total: members.length, note: fold });
    networks.push({ fold, file, sha256: createHash('sha256').update(model).digest('hex') });
  }
  const manifest = join(outputFolder, MANIFEST_FILE);
  await writeFileAtomic(manifest, formatJson(onnxManifest(description, networks, rule)));
  return manifest;
}
