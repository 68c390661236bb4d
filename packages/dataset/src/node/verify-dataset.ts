import { stat } from 'node:fs/promises';
import { isNnUNetError } from '@nnunet/errors';
import { messageOf } from '@nnunet/errors/internal';
import { type DatasetDescription, declaredLabels, foregroundLabels } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import type { DatasetFault } from '../faults.ts';
import { type CloseFile, closeFilesNote } from '../geometry-faults.ts';
import { LabelOccurrence } from '../label-occurrence.ts';
import { labelFaults } from '../labels-check.ts';
import { checkFiles } from './verify-files.ts';
import { checkVolumes, type FileOrientation, orientationFaults } from './verify-volumes.ts';

export interface VerifyOptions {
  /** Raw task folder: dataset.json, imagesTr, labelsTr and optionally imagesTs. */
  taskFolder: string;
  /**
   * 'quick' reads dataset.json, file names and headers, and label maps until every declared label has been found;
   * 'full' reads every voxel. Default: 'full'.
   */
  level?: 'quick' | 'full';
  /**
   * Use v1's rule for comparing geometries, number by number, instead of the distance between voxels. Default: false.
   */
  strictGeometry?: boolean;
  signal?: AbortSignal;
  /** Called before each file. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
}

export interface VerifyReport {
  /** All faults of all files. Errors prevent planning; see assertIntact. */
  faults: DatasetFault[];
  /** Null if dataset.json cannot be read. */
  dataset: DatasetDescription | null;
  trainingCases: number;
  testCases: number;
  /** Number of image and label files examined. */
  files: number;
}

/**
 * Checks a dataset like v1's verify_dataset_integrity, but in one pass that does not stop at the first fault: all files
 * exist and there are no others; labels are consecutive, declared and occur; images and labels lie on the same grid;
 * every file is completely readable; voxels are finite. Different orientations and slightly shifted grids are warnings.
 * Holds one volume at a time.
 * @throws only if aborted; faults of the data are in the report
 */
export async function verifyDataset(options: VerifyOptions): Promise<VerifyReport> {
  const { taskFolder, level = 'full', strictGeometry = false, signal, onProgress } = options;
  signal?.throwIfAborted();
  const report: VerifyReport = { faults: [], dataset: null, trainingCases: 0, testCases: 0, files: 0 };
  try {
    report.dataset = await readDatasetDescription(joinPath(taskFolder, 'dataset.json'));
  } catch (cause) {
    report.faults.push(await badDescription(taskFolder, cause, FORM));
    return report;
  }
  const { dataset } = report;
  const { training, test, faults } = await checkFiles(taskFolder, dataset);
  report.faults.push(...labelFaults(dataset), ...faults);
  report.trainingCases = training.length;
  report.testCases = test.length;

  const occurrence = new LabelOccurrence(foregroundLabels(dataset));
  occurrence.unread = training.filter(({ label }) => label === null).length;
  const cases = [...training, ...test];
  const total = cases.reduce((sum, c) => sum + c.images.filter((f) => f !== null).length + (c.label ? 1 : 0), 0);
  const check = {
    taskFolder,
    labels: declaredLabels(dataset),
    voxels: level === 'full',
    grid: { strict: strictGeometry },
    occurrence,
    signal,
    onFile: (file: string) => {
      onProgress?.({ done: report.files, total, file });
      report.files++;
    },
  };
  const orientations: FileOrientation[] = [];
  const close: CloseFile[] = [];
  for (const [i, files] of cases.entries()) {
    const result = await checkVolumes(files, check);
    report.faults.push(...result.faults);
    close.push(...result.close);
    if (i < training.length) orientations.push(...result.orientations);
  }
  report.faults.push(
    ...occurrence.faults(dataset.labels),
    ...orientationFaults(orientations),
    ...closeFilesNote(close),
  );
  return report;
}

const FORM = {
  expected: 'a dataset.json with modality, labels and training',
  help: ' nnUNet_generate_dataset_json can generate it from the folder.',
};

/** Fault of a dataset.json that cannot be read. `help`: added to the remedy. */
export async function badDescription(
  taskFolder: string,
  cause: unknown,
  { expected, help }: { expected: string; help: string },
): Promise<DatasetFault> {
  const missing = isNnUNetError(cause, 'missing-file');
  const noFolder = missing && !(await stat(taskFolder).catch(() => null));
  return {
    severity: 'error',
    file: 'dataset.json',
    what: missing ? 'file missing' : 'cannot be used',
    expected,
    found: noFolder ? `no folder ${taskFolder}` : missing ? 'no such file' : whatIsWrong(cause),
    remedy: noFolder
      ? 'Check the task and the raw data folder.'
      : `${remedyOf(cause, missing)}${help} Other faults will be checked once it can be read.`,
  };
}

/** The message on one line, without the file and the remedy, which have their own rows in the table of faults. */
function whatIsWrong(cause: unknown): string {
  const what = isNnUNetError(cause) ? cause.what : messageOf(cause);
  return what.replace(/\s*\n\s*/g, '; ');
}

function remedyOf(cause: unknown, missing: boolean): string {
  const remedy = isNnUNetError(cause) && !missing ? cause.remedy : undefined;
  return remedy ?? 'Write it.';
}
