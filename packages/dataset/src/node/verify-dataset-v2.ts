import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { counted, listed } from '@nnunet/errors/internal';
import type { DatasetV2 } from '@nnunet/schema';
import { caseIdProblem, declaredLabelsV2, joinPath } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { filesIn, isFolder } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import type { DatasetFault } from '../faults.ts';
import { IMAGE_READERS_V2 } from '../image-reader-v2.ts';
import { LabelOccurrence } from '../label-occurrence.ts';
import { type PathVariables, type RawCaseV2, rawCasesV2 } from './raw-cases-v2.ts';
import { badDescription } from './verify-dataset.ts';
import { badCaseId, type CaseFiles, missingFolder } from './verify-files.ts';
import { checkVolumes } from './verify-volumes.ts';

export interface VerifyOptionsV2 {
  /** Raw folder of the dataset: dataset.json, and imagesTr and labelsTr unless dataset.json lists the files. */
  folder: string;
  /** 'quick' reads dataset.json, file names and headers; 'full' reads every voxel. Default: 'full'. */
  level?: 'quick' | 'full';
  /** Default: NIfTI. */
  formats?: ImageFormats;
  /** Whether a file may hold several channels, so that a case may have fewer files. Default: false. */
  severalPerFile?: boolean;
  /** For the paths of files that dataset.json lists. */
  variables?: PathVariables;
  signal?: AbortSignal;
  /** Called before each file. */
  onProgress?: (progress: { done: number; total: number; file: string }) => void;
}

export interface VerifyReportV2 {
  /** All faults of all files. Errors prevent planning; see assertIntact. */
  faults: DatasetFault[];
  /** Null if dataset.json cannot be read. */
  dataset: DatasetV2 | null;
  /** The training cases, in v2's order. */
  cases: RawCaseV2[];
  /** Number of image and label files examined. */
  files: number;
}

const FORM = {
  expected: 'a dataset.json with channel_names, labels, numTraining and file_ending',
  help: '',
};

/**
 * Checks a raw dataset of v2 by v2's rules, but in one pass that does not stop at the first fault: the number of cases,
 * labels without gaps, all files of every case; with voxels, only declared labels and no NaN; one size and spacing per
 * case. Another origin or direction is a warning.
 * Origin: v2's experiment_planning/verify_dataset_integrity.py.
 *
 * @throws only if aborted; faults of the data are in the report
 */
export async function verifyDatasetV2(options: VerifyOptionsV2): Promise<VerifyReportV2> {
  const { folder, level = 'full', formats, severalPerFile = false, variables, signal, onProgress } = options;
  signal?.throwIfAborted();
  const report: VerifyReportV2 = { faults: [], dataset: null, cases: [], files: 0 };
  try {
    report.dataset = await readDatasetV2(joinPath(folder, 'dataset.json'));
  } catch (cause) {
    report.faults.push(await badDescription(folder, cause, FORM));
    return report;
  }
  const { dataset, faults } = report;
  faults.push(...gapsInLabels(dataset), ...unknownReader(dataset));
  const folders = dataset.files === null ? ['imagesTr', 'labelsTr'] : [];
  const exist = await Promise.all(folders.map((name) => isFolder(joinPath(folder, name))));
  const missing = folders.filter((_, i) => !exist[i]);
  faults.push(...missing.map(missingFolder));
  if (missing.includes('imagesTr')) return report;
  report.cases = await rawCasesV2(folder, dataset, variables);
  if (report.cases.length === 0 && dataset.files === null) {
    faults.push(noCases(dataset, await filesIn(joinPath(folder, 'imagesTr'), '')));
    return report;
  }
  faults.push(...otherNumber(dataset, report.cases.length, level === 'full' ? 'error' : 'warning'));
  const files = report.cases.map((one) => filesOf(one, { folder, dataset, severalPerFile }, faults));
  const total = files.flatMap(({ images, label }) => [...images, label]).filter((file) => file !== null).length;
  const check = {
    taskFolder: folder,
    labels: declaredLabelsV2(dataset.labels),
    voxels: level === 'full',
    ...(severalPerFile && { channels: dataset.channelNames.length }),
    grid: { strict: true, positionWarns: true, repairable: false },
    mayBeEmpty: true,
    formats,
    // v2 does not ask which labels occur.
    occurrence: new LabelOccurrence([]),
    signal,
    onFile: (file: string) => onProgress?.({ done: report.files++, total, file }),
  };
  for (const one of files) faults.push(...(await checkVolumes(one, check)).faults);
  return report;
}

/** The existing files of a case, relative to the folder if they are in it; the others are faults. */
function filesOf(
  { id, images, labels }: RawCaseV2,
  { folder, dataset, severalPerFile }: { folder: string; dataset: DatasetV2; severalPerFile: boolean },
  faults: DatasetFault[],
): CaseFiles {
  const list = dataset.files === null ? 'imagesTr' : 'dataset';
  const problem = caseIdProblem(id);
  if (problem !== null) faults.push(badCaseId(id, problem, 'dataset'));
  const { length } = dataset.channelNames;
  if (severalPerFile ? images.length === 0 || images.length > length : images.length !== length) {
    faults.push({
      severity: 'error',
      file: `${list === 'imagesTr' ? 'imagesTr/' : ''}${id}`,
      what: 'wrong number of images',
      expected: `${counted(length, 'image')}, one per channel (${dataset.channelNames.join(', ')})`,
      found: counted(images.length, 'image'),
      remedy: 'Add the missing images, or correct "channel_names" in dataset.json.',
    });
  }
  const shown = (path: string) => {
    const inside = relative(resolve(folder), path);
    return inside.startsWith('..') ? path : inside;
  };
  const existing = (path: string, what: string) => {
    if (existsSync(path)) return shown(path);
    faults.push({
      severity: 'error',
      file: shown(path),
      what: `${what} missing`,
      expected: `the ${what} of case ${id}`,
      found: 'no such file',
      remedy:
        list === 'dataset' ? 'Correct the path in "dataset" of dataset.json.' : 'Add the file, or remove the case.',
    });
    return null;
  };
  return { id, images: images.map((path) => existing(path, 'image')), label: existing(labels, 'label map') };
}

/** Labels 0, 1, 3 would be outputs 0, 1, 2 of the network. */
function gapsInLabels({ labels }: DatasetV2): DatasetFault[] {
  const { all } = labels;
  const values = declaredLabelsV2(labels);
  if (values.every((value, i) => value === i) && all.length > 1) return [];
  return [
    {
      severity: 'error',
      file: 'dataset.json',
      what: all.length > 1 ? 'labels are not consecutive' : 'only one label',
      expected: '0 for the background and 1, 2, … without gaps',
      found: values.join(', '),
      remedy: 'Renumber the labels in dataset.json and in every label map without gaps.',
    },
  ];
}

/** A class that v2 does not have: like v2, whose message is easily missed, images are read by their ending. */
function unknownReader({ imageReader }: DatasetV2): DatasetFault[] {
  if (imageReader === null || IMAGE_READERS_V2.includes(imageReader)) return [];
  return [
    {
      severity: 'warning',
      file: 'dataset.json',
      what: 'unknown image reader, so images are read as their ending says',
      expected: `"overwrite_image_reader_writer" of ${IMAGE_READERS_V2.join(', ')}`,
      found: JSON.stringify(imageReader),
      remedy: 'Correct the name, or leave the key out.',
    },
  ];
}

/** No image has a name of v2. */
function noCases({ fileEnding }: DatasetV2, files: readonly string[]): DatasetFault {
  return {
    severity: 'error',
    file: 'imagesTr/',
    what: 'no training cases',
    expected: `images CASE_0000${fileEnding}, CASE_0001${fileEnding}, …: the name of the case, four digits for the channel, and "file_ending"`,
    found:
      files.length === 0 ? 'an empty folder' : `${counted(files.length, 'file')} with other names: ${listed(files, 3)}`,
    remedy: files.length === 0 ? 'Add the images.' : 'Rename the images, or correct "file_ending" in dataset.json.',
  };
}

/** v2's planners multiply by this number. */
function otherNumber({ numTraining }: DatasetV2, found: number, severity: 'error' | 'warning'): DatasetFault[] {
  if (numTraining === found) return [];
  return [
    {
      severity: found === 0 ? 'error' : severity,
      file: 'dataset.json',
      what: 'numTraining is not the number of training cases',
      expected: counted(numTraining, 'case'),
      found: counted(found, 'case'),
      remedy: 'Correct numTraining, from which batch sizes are planned, or "file_ending", or add the missing cases.',
    },
  ];
}
