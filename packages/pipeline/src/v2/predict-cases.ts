import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import type { DeviceName } from '@nnunet/network/node';
import type { Roots } from '@nnunet/schema';
import { formatPythonJson, joinPath } from '@nnunet/schema/internal';
import { resolveDataset, writePropertiesV2 } from '@nnunet/store/internal';
import { copyFileAtomic, filesIn, isSamePath, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { convertLabels } from '../image-formats.ts';
import { predict } from '../predict.ts';
import type { PredictImagesOptions, PredictResult } from '../predict-options.ts';
import { trainedModelFolder } from '../trained-model.ts';
import { imagesToPredictV2 } from './images-to-predict.ts';
import { removeUnfinishedLabels } from './own-images.ts';
import { DATASET_V2, PLANS_V2, readPredictionFiles } from './prediction-files.ts';

const NIFTI = '.nii.gz';

export interface PredictV2Options {
  roots: Roots;
  /** Folder of images `<case>_0000<ending>`, with the file ending of the dataset. */
  inputFolder: string;
  outputFolder: string;
  /** `all` or numbers. */
  folds: readonly string[];
  /** Such as checkpoint_final.pth. */
  checkpoint: string;
  /** Distance between tiles as a fraction of the patch. */
  stepSize: number;
  /** Average over mirrored patches. */
  mirroring: boolean;
  /** Also write v2's `<case>.npz` and `<case>.pkl`. */
  saveProbabilities: boolean;
  /** Keep cases whose results exist. */
  continuePrediction: boolean;
  numParts: number;
  partId: number;
  /** Folder of the label maps that the previous stage of a cascade predicted. */
  previousStageFolder?: string | undefined;
  /** Threads that prepare and threads that write cases. Default: one of each where they pay off. */
  threads?: PredictImagesOptions['threads'];
  device?: DeviceName;
  extensions?: Pick<Extensions, 'preprocessors' | 'normalizations' | 'formats'>;
  reporter: PredictImagesOptions['reporter'];
  onEstimate?: PredictImagesOptions['onEstimate'];
  signal?: AbortSignal;
}

/** A model in the results folder of v2, by the parts of its name. */
export interface ModelNameV2 {
  /** Id or name. */
  dataset: string;
  configuration: string;
  trainer: string;
  plans: string;
}

/**
 * Implements nnUNetv2_predict: predicts with `<results>/<dataset>/<trainer>__<plans>__<configuration>`.
 *
 * @throws NnUNetError 'usage' for a task of v1; as {@link predictWithFolderV2}
 */
export async function predictByNameV2({
  model,
  ...options
}: PredictV2Options & { model: ModelNameV2 }): Promise<PredictResult> {
  return predictWithFolderV2({ ...options, modelFolder: await modelFolderV2(options.roots, model) });
}

/** @throws NnUNetError 'usage', 'unknown-task', 'missing-folder' */
export async function modelFolderV2(roots: Roots, { dataset, ...name }: ModelNameV2): Promise<string> {
  return trainedModelFolder(roots, {
    task: await resolveDataset(dataset, roots, 'nnUNet_predict -i IMAGES -o FOLDER -t TASK'),
    ...name,
  });
}

/**
 * Implements nnUNetv2_predict_from_modelfolder: predicts the images of a folder with a model of v2, into label maps with
 * the file ending of its dataset. Writes dataset.json, plans.json and predict_from_raw_data_args.json beside them.
 * Origin: v2's inference/predict_from_raw_data.py.
 *
 * @throws NnUNetError 'no-images', 'usage', and as `predict`
 */
export async function predictWithFolderV2({
  modelFolder,
  ...options
}: PredictV2Options & { modelFolder: string }): Promise<PredictResult> {
  const { inputFolder, outputFolder, extensions = shippedExtensions, saveProbabilities, reporter } = options;
  requireInteger('numParts', options.numParts, 1);
  requireInteger('partId', options.partId, 0, options.numParts - 1);
  const { dataset, formats } = await readPredictionFiles({ folder: modelFolder, extensions });
  const { fileEnding } = dataset;
  if (await isSamePath(inputFolder, outputFolder))
    throw usageError({ what: 'the image folder is also the output folder', where: inputFolder });
  const cases = await imagesToPredictV2(inputFolder, fileEnding);
  const ofPart = cases.filter((_, i) => i % options.numParts === options.partId);
  const resultsOf = (id: string) => [fileEnding, ...(saveProbabilities ? ['.npz'] : [])].map((end) => `${id}${end}`);
  const isDone = (id: string) => resultsOf(id).every((name) => existsSync(join(outputFolder, name)));
  // Label maps of another ending are unknown to the prediction itself.
  const kept = fileEnding !== NIFTI && options.continuePrediction ? ofPart.filter(({ id }) => isDone(id)) : [];
  for (const { id } of kept) await removeUnfinishedLabels(outputFolder, id);
  const pending = ofPart.filter((one) => !kept.includes(one));
  const previous = await previousStage(options, fileEnding, formats);
  try {
    const result = await predict({
      roots: options.roots,
      modelFolder,
      cases: pending,
      kept: kept.map(({ id }) => id),
      outputFolder,
      folds: options.folds,
      checkpoint: options.checkpoint,
      saveSoftmax: saveProbabilities,
      lowresSegmentations: previous.folder,
      partId: 0,
      numParts: 1,
      stepSize: options.stepSize,
      mirrorAxes: options.mirroring ? undefined : [],
      overwrite: !options.continuePrediction,
      compute: { device: options.device ?? 'cpu' },
      threads: options.threads,
      extensions,
      reporter,
      onEstimate: options.onEstimate,
      signal: options.signal,
    });
    return { ...result, skipped: result.skipped + kept.length };
  } finally {
    await finish(outputFolder, pending, { fileEnding, formats });
    await previous.remove();
    await describeOutput(modelFolder, options);
  }
}

/** Gives what was predicted v2's form: label maps with the ending of the dataset, and properties as pickles. */
async function finish(
  folder: string,
  cases: readonly { id: string; images: readonly string[] }[],
  { fileEnding, formats }: { fileEnding: string; formats: ImageFormats },
): Promise<void> {
  for (const { id, images } of cases) {
    const base = join(folder, id);
    const unfinished = existsSync(base + NIFTI);
    if (!unfinished && !existsSync(base + fileEnding)) continue;
    if (existsSync(`${base}.npz`)) await writePropertiesV2(base);
    if (fileEnding === NIFTI || !unfinished) continue;
    await convertLabels(base + NIFTI, { image: images[0]!, output: base + fileEnding }, formats);
    await rm(base + NIFTI);
  }
}

/** Copies dataset.json and plans.json byte by byte, as the order of labels matters, and records the options. */
async function describeOutput(modelFolder: string, options: PredictV2Options): Promise<void> {
  const { outputFolder, threads = {} } = options;
  if (!existsSync(outputFolder)) return;
  for (const name of [DATASET_V2, PLANS_V2]) await copyFileAtomic(join(modelFolder, name), join(outputFolder, name));
  const record = {
    folder_with_segs_from_prev_stage: options.previousStageFolder ?? null,
    list_of_lists_or_source_folder: options.inputFolder,
    num_parts: options.numParts,
    num_processes_preprocessing: threads.preparing ?? null,
    num_processes_segmentation_export: threads.writing ?? null,
    output_folder_or_list_of_truncated_output_files: outputFolder,
    overwrite: !options.continuePrediction,
    part_id: options.partId,
    save_probabilities: options.saveProbabilities,
  };
  await writeFileAtomic(join(outputFolder, 'predict_from_raw_data_args.json'), formatPythonJson(record));
}

/** The previous stage's label maps as .nii.gz, which the prediction reads: in a temporary folder if they are not. */
async function previousStage(
  { previousStageFolder: folder }: PredictV2Options,
  fileEnding: string,
  formats: ImageFormats,
): Promise<{ folder: string | undefined; remove(): Promise<void> }> {
  if (folder === undefined || fileEnding === NIFTI) return { folder, remove: async () => undefined };
  const copies = await mkdtemp(join(tmpdir(), 'nnunet-previous-'));
  for (const name of await filesIn(resolve(folder), fileEnding)) {
    const labels = await readLabels(joinPath(folder, name), formats);
    await writeVolume(join(copies, name.slice(0, -fileEnding.length) + NIFTI), labels);
  }
  return { folder: copies, remove: () => rm(copies, { recursive: true, force: true }) };
}
