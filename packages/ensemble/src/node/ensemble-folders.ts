import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { casesFailed, listed } from '@nnunet/errors/internal';
import { applyPostprocessingToFolder, readPostprocessing } from '@nnunet/postprocess/node';
import { geometryOfCase } from '@nnunet/preprocess/internal';
import { copyFileAtomic, isSamePath, stemsIn } from '@nnunet/tensor/node/internal';
import { settleBounded } from '@nnunet/threads';
import { splitOutcomes } from '@nnunet/threads/internal';
import { type GridNotice, type GridNoticeRule, gridNotices, withOneNote } from '@nnunet/volume/internal';
import { commonRegionOrder, type StoredProperties } from '../region-order.ts';
import { type ReadProperties, readStoredProperties } from './case-properties.ts';
import { type MergeProgress, mergeCases, removeResults } from './merge-cases.ts';
import type { MergeTask } from './merge-members.ts';

export interface EnsembleFoldersOptions {
  /** Predictions of each model, with probabilities (`.npz`) and properties. */
  folders: readonly string[];
  outputFolder: string;
  /** Cases merged at the same time. Default: 2. */
  threads?: number;
  /** postprocessing.json of the ensemble; if given, the unprocessed labels are written to `not_postprocessed`. */
  postprocessingFile?: string | null;
  /** Also write the mean probabilities and the properties. Default: false. */
  saveNpz?: boolean;
  /** Default: reads `<case>.json`, or v1's `<case>.pkl`. */
  readProperties?: ReadProperties;
  /**
   * Approximate memory limit of this program in bytes. Default: the memory it already uses plus four fifths of the free
   * memory.
   */
  maxMemory?: number;
  /** How the positions of the images that the models predicted from are compared. */
  grid?: GridNoticeRule;
  signal?: AbortSignal;
  onProgress?: (progress: MergeProgress & { step: 'merging' | 'postprocessing' }) => void;
  /** Called about images that lie slightly apart. */
  onNotice?: (notice: GridNotice) => void;
}

/**
 * Merges the predictions of several models and writes one label file per case: the labels of the mean probabilities,
 * postprocessed if a postprocessing file is given. All folders must contain the same cases. Returns the cases.
 * Origin: v1's inference/ensemble_predictions.py merge (nnUNet_ensemble).
 *
 * @throws NnUNetError 'usage' if the output folder is one of the models', 'missing-softmax', 'bad-postprocessing';
 * 'cases-failed' at the end, naming the cases that could not be merged: the others are done, and earlier results of the
 * failed cases are deleted
 */
export async function ensembleFolders(options: EnsembleFoldersOptions): Promise<string[]> {
  const { folders, outputFolder, threads = 2, saveNpz = false, maxMemory, signal, onProgress } = options;
  const { postprocessingFile = null, readProperties = readStoredProperties } = options;
  for (const folder of folders) {
    if (!(await isSamePath(folder, outputFolder))) continue;
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

/**
 * Returns the cases of all folders.
 *
 * @throws NnUNetError 'missing-softmax' naming the cases that a folder lacks
 */
async function commonCases(folders: readonly string[]): Promise<string[]> {
  // One after the other, so that the first folder that cannot be read is the one named.
  const found: string[][] = [];
  for (const folder of folders) found.push(await stemsIn(folder, '.npz'));
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

/** Copies a file in one step, keeping its name. */
async function copyInto(folder: string, file: string): Promise<void> {
  const target = join(folder, basename(file));
  if (resolve(target) === resolve(file)) return;
  await copyFileAtomic(file, target);
}

/**
 * Compares the images that the models predicted a case from, using the properties stored next to the probabilities.
 * Differences in shape are detected later, when the probabilities are merged.
 *
 * @param names of the members' files
 * @throws NnUNetError 'other-grid' naming a member whose image is at another position than the first
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
