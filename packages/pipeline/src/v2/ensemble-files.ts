import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { NnUNetError, usageError } from '@nnunet/errors';
import { casesFailed, listed, requireInteger } from '@nnunet/errors/internal';
import { asReadByV2, inverseOrientation, reorientArray } from '@nnunet/preprocess/internal';
import type { LabelsV2 } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { readNpzFile, writeNpzFile } from '@nnunet/tensor/node';
import { copyFileAtomic, isSamePath, stemsIn } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { readLabels, writeVolume } from '@nnunet/volume/node';
import { allInOrder } from '../all-in-order.ts';
import type { Extensions } from '../extensions.ts';
import type { Reporter } from '../reporter.ts';
import { DATASET_V2, PLANS_V2, type PredictionFiles, readPredictionFiles } from './prediction-files.ts';

export interface EnsembleV2Options {
  /** Predictions with probabilities, of each model. */
  folders: readonly string[];
  outputFolder: string;
  /** Also write the averaged probabilities. */
  saveProbabilities: boolean;
  /** Cases merged at the same time. */
  workers: number;
  extensions?: Pick<Extensions, 'formats'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Implements nnUNetv2_ensemble: averages the probabilities of several models and writes label maps. The dataset.json and
 * plans.json of the first folder decide, and are copied. Returns the cases.
 * Origin: v2's ensembling/ensemble.py.
 *
 * @throws NnUNetError 'usage', 'missing-file', 'missing-folder', 'missing-predictions', 'cases-failed'
 */
export async function ensembleV2(options: EnsembleV2Options): Promise<string[]> {
  const { folders, outputFolder, extensions, reporter } = options;
  requireInteger('workers', options.workers, 1);
  for (const folder of folders)
    if (await isSamePath(folder, outputFolder))
      throw usageError({ what: 'a folder of predictions is also the output folder', where: folder });
  const files = await readPredictionFiles({ folder: folders[0]!, extensions });
  const found = await allInOrder(folders.map((folder) => stemsIn(folder, '.npz')));
  const ids = [...new Set(found.flat())].sort();
  if (ids.length === 0) {
    const remedy = 'Predict with probabilities: nnUNetv2_predict `saveProbabilities`.';
    throw new NnUNetError('missing-predictions', { what: 'there are no probabilities', where: folders[0], remedy });
  }
  folders.forEach((folder, i) => {
    const missing = ids.filter((id) => !found[i]!.includes(id));
    if (missing.length === 0) return;
    throw new NnUNetError('missing-predictions', {
      what: `no probabilities (.npz) of ${listed(missing)}`,
      where: folder,
      remedy: 'Predict the same cases with all models: nnUNetv2_predict `saveProbabilities`.',
    });
  });
  reporter.message(`mean of ${folders.length} predictions (rules of nnU-Net v2)`);
  const cases = ids.map((id) => ({ id, bases: folders.map((folder) => joinPath(folder, id)) }));
  await mergeCasesV2(cases, { ...options, files });
  return ids;
}

/** A case and its predictions: paths without file extension. */
export interface MergedCase {
  id: string;
  bases: readonly string[];
}

export interface MergedPredictions
  extends Pick<EnsembleV2Options, 'outputFolder' | 'saveProbabilities' | 'workers' | 'reporter' | 'signal'> {
  files: PredictionFiles;
}

/** Merges the predictions of each case. @throws NnUNetError 'cases-failed' at the end, naming those that failed */
export async function mergeCasesV2(cases: readonly MergedCase[], options: MergedPredictions): Promise<void> {
  const { outputFolder, files, reporter, signal } = options;
  await mkdir(outputFolder, { recursive: true });
  const outcomes = await settleBounded(cases, (one) => mergeCase(one, options), {
    width: options.workers,
    signal,
    onProgress: ({ item, done, total }) => reporter.progress({ what: 'merging', done, total, note: item.id }),
  });
  await copyFileAtomic(files.datasetFile, joinPath(outputFolder, DATASET_V2));
  await copyFileAtomic(files.plansFile, joinPath(outputFolder, PLANS_V2));
  const { failed } = splitOutcomes(cases, outcomes, ({ id }) => id);
  if (failed.length > 0) throw casesFailed(failed, { total: cases.length });
}

async function mergeCase({ id, bases }: MergedCase, options: MergedPredictions): Promise<void> {
  const { outputFolder, saveProbabilities } = options;
  const { dataset, formats, reorients } = options.files;
  const [first] = bases as [string];
  // The position of the image is that of its label map.
  const like = await readLabels(first + dataset.fileEnding, formats);
  const { image, orientation } = asReadByV2(like, reorients);
  const shape = [dataset.labels.outputs, ...image.shape];
  let mean: Float32Array | undefined;
  for (const base of bases) {
    const data = await readProbabilities(`${base}.npz`, shape);
    if (mean === undefined) mean = data;
    else for (let i = 0; i < mean.length; i++) mean[i]! += data[i]!;
  }
  for (let i = 0; i < mean!.length; i++) mean![i]! /= bases.length;
  const labels = reorientArray(labelsOf(mean!, dataset.labels), image.shape, inverseOrientation(orientation));
  const output = joinPath(outputFolder, id);
  if (saveProbabilities) {
    await writeNpzFile(`${output}.npz`, { probabilities: { data: mean!, shape, dtype: 'float32' } });
    for (const end of ['.pkl', '.json']) if (existsSync(first + end)) await copyFileAtomic(first + end, output + end);
  }
  await writeVolume(output + dataset.fileEnding, { ...like, data: labels }, formats);
}

/** @throws NnUNetError 'bad-npz', 'missing-file', 'shape-mismatch' */
async function readProbabilities(file: string, shape: readonly number[]): Promise<Float32Array> {
  const array = (await readNpzFile(file)).get('probabilities');
  if (array === undefined || array.shape.join() !== shape.join()) {
    throw new NnUNetError('shape-mismatch', {
      what: `has no probabilities of ${shape.join(' x ')} (classes, z, y, x)`,
      where: file,
      remedy: 'All predictions must be of models of the same dataset, and of the same images.',
    });
  }
  return Float32Array.from(array.data as ArrayLike<number>);
}

/** @param probabilities (classes, voxels) */
function labelsOf(
  probabilities: Float32Array,
  { outputs, regionClassOrder: order }: LabelsV2,
): Uint8Array | Uint16Array {
  const voxels = probabilities.length / outputs;
  const labels = new Uint16Array(voxels);
  for (let v = 0; v < voxels; v++) {
    let best = 0;
    for (let c = 0; c < outputs; c++) {
      const p = probabilities[c * voxels + v]!;
      if (order !== null) {
        if (p > 0.5) labels[v] = order[c]!;
      } else if (p > probabilities[best * voxels + v]!) best = c;
    }
    if (order === null) labels[v] = best;
  }
  return labels.every((label) => label < 255) ? Uint8Array.from(labels) : labels;
}
