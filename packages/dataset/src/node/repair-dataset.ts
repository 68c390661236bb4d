import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import type { DatasetDescription } from '@nnunet/schema';
import { caseIdOfEntry, joinPath, undeclaredLabels } from '@nnunet/schema/internal';
import { readDatasetDescription, writeDatasetDescription } from '@nnunet/store';
import { copyAsOwn, fileError, filesIn } from '@nnunet/tensor/node/internal';
import { compareGrids, type ImageGeometry } from '@nnunet/volume';
import { OTHER_GRID, shiftInWords } from '@nnunet/volume/internal';
import { readGeometry, readVolume, writeVolume } from '@nnunet/volume/node';
import { readLabelValues } from '@nnunet/volume/node/internal';
import { applyRenumbering, type LabelRenumbering, renumberLabels } from '../renumber-labels.ts';
import { type CaseFiles, checkFiles } from './verify-files.ts';

export interface RepairOptions {
  /** Raw task folder; it is only read. */
  taskFolder: string;
  /** Folder for the corrected copy; must not exist. It appears when it is complete. */
  outputFolder: string;
  /**
   * Copy the geometry if images are less than this many voxels apart. Default: 0.5, from which on a shift is an error.
   */
  maxShift?: number;
  /** Copy the geometry however far apart images are. Sizes must always agree. Default: false. */
  copyGeometry?: boolean;
  /** Replace NaN and infinities in images by 0. Default: false. */
  nanToZero?: boolean;
  signal?: AbortSignal;
  /** Called before each file. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
}

/** A corrected file, and how it differs from the original. */
export interface RepairChange {
  /** Relative to the task folder. */
  file: string;
  what: string;
}

interface Repair extends RepairOptions {
  /** The folder being written. */
  target: string;
  renumbering: LabelRenumbering;
  changes: RepairChange[];
}

/**
 * Writes a corrected copy of a raw task, leaving the task itself unchanged. It corrects the geometry of label maps and
 * further modalities, which becomes that of the case's first image; axes that are nearly orthogonal; labels other than
 * 0, 1, 2, …, in the maps and in dataset.json; labels that are not integers; and, if requested, NaN and infinities.
 * Files that belong to no case and duplicate cases are omitted. Files that need no correction are copied byte for byte;
 * a corrected image is float32. Anything that cannot be corrected stays as it is: check the copy with verifyDataset.
 *
 * @returns the changes, per file
 * @throws NnUNetError 'exists', 'undeclared-labels' (a label map to renumber contains values that dataset.json does not
 *   declare), 'bad-json', 'bad-nifti', …; nothing is left behind
 */
export async function repairDataset(options: RepairOptions): Promise<RepairChange[]> {
  const { taskFolder, outputFolder, signal, onProgress } = options;
  signal?.throwIfAborted();
  if (await stat(outputFolder).catch(() => null)) {
    throw new NnUNetError('exists', {
      what: 'the folder already exists',
      where: outputFolder,
      remedy: 'Choose another id for the copy, or remove the folder.',
    });
  }
  const dataset = await readDatasetDescription(joinPath(taskFolder, 'dataset.json'));
  const { training, test, faults } = await checkFiles(taskFolder, dataset);
  const target = joinPath(dirname(outputFolder), `.${randomBytes(6).toString('hex')}.tmp`);
  const repair: Repair = { ...options, target, renumbering: renumberLabels(dataset), changes: [] };
  for (const { file, what } of faults) {
    if (what === 'file not listed in dataset.json' || what === 'hidden file')
      repair.changes.push({ file, what: 'not copied: no case uses it' });
  }
  const labelsTs = await filesIn(joinPath(taskFolder, 'labelsTs'), '.nii.gz').catch(() => []);
  const total =
    [...training, ...test].reduce((sum, c) => sum + c.images.length + (c.label === null ? 0 : 1), 0) + labelsTs.length;
  let done = 0;
  const begin = (file: string) => {
    signal?.throwIfAborted();
    onProgress?.({ done: done++, total, file });
  };
  try {
    await mkdir(target, { recursive: true });
    for (const folder of ['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs']) {
      if (await stat(joinPath(taskFolder, folder)).catch(() => null)) await mkdir(joinPath(target, folder));
    }
    for (const files of [...training, ...test]) await repairCase(files, repair, begin);
    for (const name of labelsTs) {
      begin(`labelsTs/${name}`);
      await repairLabels(`labelsTs/${name}`, null, repair);
    }
    await writeDatasetDescription(joinPath(target, 'dataset.json'), repairDescription(dataset, repair));
    onProgress?.({ done: total, total, file: 'dataset.json' });
    await rename(target, outputFolder);
  } catch (cause) {
    await rm(target, { recursive: true, force: true });
    throw fileError(cause, outputFolder);
  }
  return repair.changes;
}

async function repairCase({ images, label }: CaseFiles, repair: Repair, begin: (file: string) => void): Promise<void> {
  const first = images[0] ?? null;
  const reference = first === null ? null : await readGeometry(joinPath(repair.taskFolder, first));
  for (const file of images) {
    if (file === null) continue;
    begin(file);
    await repairImage(file, reference, repair);
  }
  if (label === null) return;
  begin(label);
  await repairLabels(label, reference, repair);
}

async function repairImage(file: string, reference: ImageGeometry | null, repair: Repair): Promise<void> {
  const path = joinPath(repair.taskFolder, file);
  const geometry = await newGeometry(file, reference, repair);
  const volume = geometry !== null || repair.nanToZero ? await readVolume(path) : null;
  const { notFinite = 0 } = volume ?? {};
  if (volume === null || (geometry === null && notFinite === 0)) return await copy(file, repair);
  if (notFinite > 0) {
    const what = notFinite === 1 ? '1 voxel that was NaN or infinite' : `${notFinite} voxels that were NaN or infinite`;
    repair.changes.push({ file, what: `${what} set to 0` });
  }
  await writeVolume(joinPath(repair.target, file), { ...volume, ...geometry });
}

async function repairLabels(file: string, reference: ImageGeometry | null, repair: Repair): Promise<void> {
  const geometry = await newGeometry(file, reference, repair);
  const rewritten = geometry !== null || repair.renumbering.changes;
  const volume = await readLabelValues(joinPath(repair.taskFolder, file)).catch((cause: unknown) => {
    if (rewritten) throw cause;
    return null;
  });
  const rounded = volume?.rounded ?? 0;
  if (volume === null || (!rewritten && rounded === 0)) return await copy(file, repair);
  if (rounded > 0) {
    repair.changes.push({ file, what: `${rounded} label${rounded === 1 ? '' : 's'} rounded to integers` });
  }
  if (repair.renumbering.changes) {
    const strange = applyRenumbering(volume.data, repair.renumbering);
    if (strange.size > 0) throw undeclaredLabels(strange, joinPath(repair.taskFolder, file));
    repair.changes.push({ file, what: 'labels renumbered' });
  }
  await writeVolume(joinPath(repair.target, file), { ...volume, ...geometry });
}

/** The corrected geometry of a file; null if it keeps its own. */
async function newGeometry(
  file: string,
  reference: ImageGeometry | null,
  { taskFolder, maxShift = OTHER_GRID, copyGeometry = false, changes }: Repair,
): Promise<ImageGeometry | null> {
  const own = await readGeometry(joinPath(taskFolder, file));
  const straight = straightened(own);
  if (straight !== null) {
    const degrees = Number(own.skewDegrees!.toPrecision(2));
    changes.push({ file, what: `axes set to right angles; they were ${degrees}° off` });
  }
  if (reference === null) return straight;
  const { differences, shift } = compareGrids(own, reference);
  if (shift === null || (differences.length === 0 && straight === null)) return straight;
  if (!copyGeometry && !(shift.voxels < maxShift)) return straight;
  if (differences.length > 0)
    changes.push({ file, what: `${differences.join(', ')} copied from the first image, ${shiftInWords(shift)} away` });
  return straightened(reference) ?? reference;
}

/** Drops the original header if the file's axes are not orthogonal; otherwise returns null. */
function straightened(geometry: ImageGeometry): ImageGeometry | null {
  if (geometry.skewDegrees === undefined) return null;
  return { ...geometry, niftiHeader: undefined, skewDegrees: undefined };
}

function repairDescription(dataset: DatasetDescription, { renumbering, changes }: Repair): DatasetDescription {
  const { newValueOf, changes: renumbered, ...labels } = renumbering;
  const seen = new Set<string>();
  const training = dataset.training.filter(({ image }) => {
    const isNew = !seen.has(caseIdOfEntry(image));
    seen.add(caseIdOfEntry(image));
    return isNew;
  });
  const repeated = dataset.training.length - training.length;
  if (repeated > 0) {
    changes.push({ file: 'dataset.json', what: `${repeated} repeated case${repeated === 1 ? '' : 's'} removed` });
  }
  if (renumbered) {
    const pairs = [...newValueOf].filter(([old, value]) => old !== value);
    changes.push({
      file: 'dataset.json',
      what: `labels renumbered: ${pairs.map(([old, value]) => `${old} is now ${value}`).join(', ')}`,
    });
  }
  if (dataset.labels['0'] === undefined) changes.push({ file: 'dataset.json', what: '0 declared as background' });
  const counted = dataset.numTraining === undefined ? {} : { numTraining: training.length };
  return { ...dataset, ...counted, training, ...labels };
}

async function copy(file: string, { taskFolder, target }: Repair): Promise<void> {
  await copyAsOwn(joinPath(taskFolder, file), joinPath(target, file));
}
