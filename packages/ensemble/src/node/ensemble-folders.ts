import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { casesFailed, listed } from '@nnunet/errors/internal';
import { applyPostprocessingToFolder, readPostprocessing } from '@nnunet/postprocess/node';
import { geometryOfCase } from '@nnunet/preprocess/internal';
import { copyFileAtomic, isSameFolder, stemsIn } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { type GridNotice, type GridNoticeRule, gridNotices, withOneNote } from '@nnunet/volume/internal';
import { commonRegionOrder, type StoredProperties } from '../region-order.ts';
import { type ReadProperties, readStoredProperties } from './case-properties.ts';
import type { MergeTask } from './merge-case.ts';
import { type MergeProgress, mergeCases, removeResults } from './merge-cases.ts';

export interface EnsembleFoldersOptions {
  /** Predictions of each model with their probabilities (`.npz`) and properties. */
  folders: readonly string[];
  outputFolder: string;
  /** Cases merged at the same time; 2. */
  threads?: number;
  /** postprocessing.json of the ensemble; then the merged labels lie in `not_postprocessed`. */
  postprocessingFile?: string | null;
  /** Also write the mean probabilities and properties; false. */
  saveNpz?: boolean;
  /** `<case>.json`, or v1's `<case>.pkl`, by default. */
  readProperties?: ReadProperties;
  /** Bytes that this program may use, about; by default what it has and four fifths of what is free. */
  maxMemory?: number;
  /** How the places of the images that the models have predicted from are compared. */
  grid?: GridNoticeRule;
  signal?: AbortSignal;
  onProgress?: (progress: MergeProgress & { step: 'merging' | 'postprocessing' }) => void;
  /** Of images that lie a little apart. */
  onNotice?: (notice: GridNotice) => void;
}

/**
 * Merges the predictions of several models and writes a label file per case: labels of the mean probabilities, and
 * postprocessed ones where a file says how. All folders must hold the same cases. Returns these.
 * Origin: v1's inference/ensemble_predictions.py merge (nnUNet_ensemble).
 *
 * @throws NnUNetError 'usage' for an output folder that is one of the models', 'missing-softmax', 'bad-postprocessing';
 * 'cases-failed' at the end, naming the cases that could not be merged: the others are done, and no earlier result of these
 * stays
 */
export async function ensembleFolders(options: EnsembleFoldersOptions): Promise<string[]> {
  const { folders, outputFolder, threads = 2, saveNpz = false, maxMemory, signal, onProgress } = options;
  const { postprocessingFile = null, readProperties = readStoredProperties } = options;
  for (const folder of folders) {
    if (!(await isSameFolder(folder, outputFolder))) continue;
    const what = 'the predictions of one model would be overwritten by those of the ensemble';
    throw usageError({ what, where: folder, remedy: 'Give another output folder.' });
  }
  const cases = await commonCases(folders);
  const rule = postprocessingFile === null ? null : await readPostprocessing(postprocessingFile);
  const rawFolder = rule === null ? outputFolder : join(outputFolder, 'not_postprocessed');
  const notices: GridNotice[] = [];
  const plan = async (caseId: string): Promise<MergeTask> => {
    const properties = await Promise.all(folders.map((folder) => readProperties(folder, caseId)));
    const members = folders.map((folder) => join(folder, `${caseId}.npz`));
    notices.push(...memberNotices(properties, members, options.grid ?? {}));
    const regionClassOrder = commonRegionOrder(properties, caseId);
    return { caseId, members, properties: properties[0]!, regionClassOrder, base: join(rawFolder, caseId), saveNpz };
  };
  const planned = splitOutcomes(cases, await settleBounded(cases, plan, { width: 1, signal }), (caseId) => caseId);
  for (const notice of withOneNote(notices)) options.onNotice?.(notice);
  const failed = [...planned.failed];
  if (planned.done.length > 0) await mkdir(rawFolder, { recursive: true });
  for (const { name } of failed) await removeResults(join(rawFolder, name));
  const unmerged = await mergeCases(
    planned.done.map(({ result }) => result),
    { threads, maxMemory, signal, onProgress: (progress) => onProgress?.({ ...progress, step: 'merging' }) },
  );
  failed.push(...unmerged);
  if (rule !== null) {
    const merged = cases.filter((caseId) => failed.every(({ name }) => name !== caseId));
    for (const { name } of failed) await removeResults(join(outputFolder, name));
    await applyPostprocessingToFolder({
      inputFolder: rawFolder,
      outputFolder,
      rule,
      files: merged.map((caseId) => `${caseId}.nii.gz`),
      workers: threads,
      signal,
      onProgress: ({ file, done, total }) =>
        onProgress?.({ caseId: basename(file, '.nii.gz'), done, total, step: 'postprocessing' }),
    });
    await copyInto(outputFolder, postprocessingFile!);
  }
  if (failed.length > 0) throw casesFailed(failed, { total: cases.length });
  return cases;
}

/** Cases of all folders. @throws NnUNetError 'missing-softmax' naming what a folder lacks */
async function commonCases(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(folders.map((folder) => stemsIn(folder, '.npz')));
  const all = [...new Set(found.flat())].sort();
  const remedy = 'Predict the same images into all folders: nnUNet_predict `saveSoftmax`.';
  if (all.length === 0) {
    const where = folders.join(', ');
    throw new NnUNetError('missing-softmax', { what: 'there are no probabilities (.npz) to merge', where, remedy });
  }
  for (const [i, folder] of folders.entries()) {
    const missing = all.filter((caseId) => !found[i]!.includes(caseId));
    if (missing.length === 0) continue;
    const what = `the probabilities (.npz) of ${listed(missing)} are missing; another folder has them`;
    throw new NnUNetError('missing-softmax', { what, where: folder, remedy });
  }
  return all;
}

/** Copies a file under its own name, in one step. */
async function copyInto(folder: string, file: string): Promise<void> {
  const target = join(folder, basename(file));
  if (resolve(target) === resolve(file)) return;
  await copyFileAtomic(file, target);
}

/**
 * Compares the images that the models have predicted a case from, as the properties beside the probabilities remember them.
 * Other sizes are found out when the probabilities are put together.
 *
 * @param names of the members' files
 * @throws NnUNetError 'other-grid' naming a member whose image lies elsewhere than that of the first
 */
export function memberNotices(
  members: readonly StoredProperties[],
  names: readonly string[],
  rule: GridNoticeRule,
): GridNotice[] {
  const grids = members.map((properties, i) => ({ name: names[i]!, geometry: geometryOfCase(properties) }));
  const size = grids[0]?.geometry.shape.join();
  return gridNotices(
    grids.filter(({ geometry }) => geometry.shape.join() === size),
    rule,
  );
}
