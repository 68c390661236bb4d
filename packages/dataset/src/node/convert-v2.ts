import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { parseDatasetDescription, parseDatasetV2, parseJsonWithNaN } from '@nnunet/schema';
import { datasetName, imageFileName, isDatasetName, joinPath, requireCaseId, taskName } from '@nnunet/schema/internal';
import { filesIn, isFolder, namesIn, readTextFile, writeFileAtomic } from '@nnunet/tensor/node/internal';
import { descriptionForV1, descriptionForV2 } from '../description-v2.ts';
import { checkDecathlon, DECATHLON_FOLDERS, decathlonFiles } from './convert-decathlon.ts';
import { type ConvertOptions, convertFiles, copyJob, copyJobs, DESCRIPTION, type FileJob } from './convert-files.ts';
import { generateDatasetJson } from './generate-dataset-json.ts';
import { type PathVariables, rawCasesV2 } from './raw-cases-v2.ts';

export interface ConvertedDataset {
  /** Name of the new dataset or task. */
  name: string;
  folder: string;
  /** Skipped files, relative to the input. */
  skipped: string[];
}

export interface DecathlonToV2Options extends ConvertOptions {
  /** Folder TaskXX_NAME of the Medical Segmentation Decathlon; it is only read. */
  input: string;
  /** Folder of the raw datasets. */
  rawDatasets: string;
  /** Id of the new dataset. Default: the id of the input. */
  outputId?: number;
}

/**
 * Converts a Decathlon task to a raw dataset of v2 (v2's nnUNetv2_convert_MSD_dataset): 3D images are copied as channel
 * 0000, 4D images are split into one file per channel. `numTraining` is the number of label maps.
 *
 * @throws NnUNetError 'exists' if there is a dataset of this name; otherwise as `convertDecathlonTask`, and 'bad-dataset'
 */
export async function decathlonToV2(options: DecathlonToV2Options): Promise<ConvertedDataset> {
  requireInteger('concurrency', options.concurrency, 1);
  requireInteger('outputId', options.outputId, 0);
  const input = resolve(options.input);
  const { id, name: own } = await checkDecathlon(input);
  const name = datasetName(options.outputId ?? id, own);
  const folder = await newFolder(options.rawDatasets, name);
  const { jobs, skipped } = await decathlonFiles(input);
  const describe = await descriptionWriter(input, []);
  const to = { folder, subfolders: DECATHLON_FOLDERS, describe, replaces: false };
  await convertFiles({ ...options, input, jobs, ...to });
  return { name, folder, skipped };
}

export interface TaskToV2Options extends ConvertOptions {
  /** Raw folder of a task of v1; it is only read. */
  input: string;
  /** Folder of the raw datasets. */
  rawDatasets: string;
  /** `DatasetNNN_NAME` */
  name: string;
}

/** Folders that are copied if they exist; the first two must. */
const FOLDERS_V1 = ['imagesTr', 'labelsTr', 'imagesTs', 'labelsTs', 'imagesVal', 'labelsVal'];

/**
 * Copies a raw task of v1 to a raw dataset of v2 (v2's nnUNetv2_convert_old_nnUNet_dataset). `numTraining` is the number
 * of label maps.
 *
 * @throws NnUNetError 'usage' for another name, or a folder that is not a task; 'exists' if there is a dataset of this
 * name; 'bad-dataset', 'bad-dataset-json', 'cases-failed', …
 */
export async function taskToV2(options: TaskToV2Options): Promise<ConvertedDataset> {
  const { rawDatasets, name } = options;
  requireInteger('concurrency', options.concurrency, 1);
  if (!isDatasetName(name) || name.includes('/')) {
    throw usageError({
      what: `"${name}" is not the name of a dataset`,
      remedy: 'Give a name such as Dataset004_Hippocampus, with a number of at least three digits.',
    });
  }
  const input = resolve(options.input);
  const folder = await newFolder(rawDatasets, name);
  const names = new Set(await namesIn(input));
  const missing = [...FOLDERS_V1.slice(0, 2), DESCRIPTION].find((one) => !names.has(one));
  if (missing !== undefined) {
    const remedy = 'Give the raw folder of a task of v1: it contains imagesTr, labelsTr and dataset.json.';
    throw usageError({ what: `there is no ${missing} in it`, where: input, remedy });
  }
  const skipped: string[] = [];
  const jobs: FileJob[] = [];
  const subfolders: string[] = [];
  for (const sub of FOLDERS_V1) {
    if (!(await isFolder(joinPath(input, sub)))) continue;
    subfolders.push(sub);
    jobs.push(...(await copyJobs(input, sub, skipped)));
  }
  const describe = await descriptionWriter(input, ['tensorImageSize', 'numTest']);
  await convertFiles({ ...options, input, folder, subfolders, jobs, describe, replaces: false });
  return { name, folder, skipped: skipped.sort() };
}

export interface DatasetToV1Options extends ConvertOptions {
  /** Raw folder of a dataset of v2; it is only read. */
  input: string;
  /** Its name, DatasetNNN_NAME. */
  name: string;
  /** nnUNet_raw_data_base. */
  rawBase: string;
  /** Id of the new task. Default: the id of the dataset. */
  outputId?: number;
  /** For the paths of files that dataset.json lists. */
  variables?: PathVariables;
}

/**
 * Copies a raw dataset of v2 to a raw task of v1, with the images of imagesTs.
 *
 * @throws NnUNetError 'not-for-v1' for images that are not .nii.gz; 'exists' if there is a task of this name;
 * 'bad-case-id', 'bad-dataset-json', 'files-do-not-fit', 'cases-failed', …
 */
export async function datasetToV1(options: DatasetToV1Options): Promise<ConvertedDataset> {
  requireInteger('concurrency', options.concurrency, 1);
  requireInteger('outputId', options.outputId, 0);
  const input = resolve(options.input);
  const [, digits, own] = /^Dataset(\d+)_(.+)$/.exec(options.name)!;
  const name = taskName(options.outputId ?? Number(digits), own!);
  const folder = await newFolder(joinPath(options.rawBase, 'nnUNet_raw_data'), name);
  const file = joinPath(input, DESCRIPTION);
  const json = await readTextFile(file);
  const dataset = parseDatasetV2(json, file);
  const content = parseJsonWithNaN(json, file) as Record<string, unknown>;
  const described = descriptionForV1(dataset, content.labels as Record<string, number | number[]>, file);
  const jobs: FileJob[] = [];
  for (const { id, images, labels: labelFile } of await rawCasesV2(input, dataset, options.variables)) {
    requireCaseId(id, file);
    for (const [channel, image] of images.entries())
      jobs.push(copyJob(image, `imagesTr/${imageFileName(id, channel)}`));
    jobs.push(copyJob(labelFile, `labelsTr/${id}.nii.gz`));
  }
  const test = existsSync(join(input, 'imagesTs')) ? await filesIn(joinPath(input, 'imagesTs'), '.nii.gz') : [];
  for (const image of test) jobs.push(copyJob(joinPath(input, 'imagesTs', image), `imagesTs/${image}`));
  const text = (key: string) => (typeof content[key] === 'string' ? { [key]: content[key] } : {});
  const describe = (taskFolder: string) =>
    generateDatasetJson({
      taskFolder,
      ...described,
      name: own!,
      ...Object.assign({}, ...['description', 'reference', 'licence', 'release'].map(text)),
    });
  const to = { folder, subfolders: DECATHLON_FOLDERS, describe, replaces: false };
  await convertFiles({ ...options, input, jobs, ...to });
  return { name, folder, skipped: [] };
}

/** Returns a function that writes v2's dataset.json for v1's in the input folder, which is checked at once. */
async function descriptionWriter(input: string, without: string[]): Promise<(target: string) => Promise<void>> {
  const where = joinPath(input, DESCRIPTION);
  const description = parseDatasetDescription(await readTextFile(where), where);
  const cases = (await filesIn(joinPath(input, 'labelsTr'), '.nii.gz')).length;
  const content = descriptionForV2(description, { cases, without, where });
  return (target) => writeFileAtomic(joinPath(target, DESCRIPTION), JSON.stringify(content, null, 4));
}

/**
 * Returns the path of a folder `DatasetNNN_NAME` or `TaskNNN_NAME` that does not exist, nor any other with this number.
 *
 * @throws NnUNetError 'exists'
 */
async function newFolder(parent: string, name: string): Promise<string> {
  const prefix = name.slice(0, name.indexOf('_') + 1);
  const names = existsSync(parent) ? await namesIn(parent) : [];
  const other = names.find((one) => one.startsWith(prefix));
  if (other === undefined) return joinPath(parent, name);
  throw new NnUNetError('exists', {
    what: 'exists already; numbers must be unique',
    where: joinPath(parent, other),
    remedy: 'Choose another number, or delete this folder first.',
  });
}
