import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import type { InputCase } from '@nnunet/inference/node';
import { findFilesOfCases } from '@nnunet/inference/node/internal';
import { ownReaderV2 } from '@nnunet/preprocess/internal';
import { parseJsonWithNaN, type Roots } from '@nnunet/schema';
import { isDatasetName } from '@nnunet/schema/internal';
import { resolveTrainedTask } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { convertLabels } from '../image-formats.ts';
import type { Reporter } from '../reporter.ts';
import { trainedModelFolder } from '../trained-model.ts';
import { DATASET_V2, PLANS_V2 } from './prediction-files.ts';
import { formatsOfReader, spacingNotices } from './reader-formats.ts';

/** A model of v2 whose reader reads files in a way of its own. */
interface OwnReader {
  reader: string;
  /** Of its images and label maps, with the dot. */
  fileEnding: string;
}

/** Images of such a model. */
export interface OwnImages extends OwnReader {
  formats: ImageFormats;
  /** All files. */
  paths: string[];
  /** Cases to predict. */
  cases: InputCase[];
  /** Cases of which the label maps exist. */
  done: string[];
}

/** Those of `PredictImagesOptions` that say which cases are predicted. */
interface CaseOptions {
  cases?: readonly InputCase[] | undefined;
  inputFolder?: string | undefined;
  outputFolder: string;
  overwrite: boolean;
  saveSoftmax: boolean;
  numParts: number;
  partId: number;
}

/** Those that say which model predicts. */
interface ModelOptions extends Omit<Parameters<typeof trainedModelFolder>[1], 'task' | 'plans'> {
  roots: Roots;
  modelFolder?: string | undefined;
  task?: string | undefined;
  plansIdentifier?: string | undefined;
}

/**
 * Finds the images to predict with a model of v2 that was trained on 2D images or TIFF stacks; null for other models.
 *
 * @throws NnUNetError 'unknown-format' for other images, and as `findFilesOfCases`
 */
export async function ownImagesOf(
  modelFolder: string,
  { cases, inputFolder, outputFolder, overwrite, saveSoftmax, numParts, partId }: CaseOptions,
  { known, reporter }: { known: ImageFormats; reporter: Reporter },
): Promise<OwnImages | null> {
  const own = await ownReaderOf(modelFolder);
  if (own === null) return null;
  const { fileEnding } = own;
  const formats = await formatsOfReader(own.reader, [inputFolder ?? modelFolder], known);
  const all = inputFolder === undefined ? (cases ?? []) : await findFilesOfCases(inputFolder, formats);
  const part = all.filter((_, i) => i % numParts === partId);
  const paths = part.flatMap(({ images }) => images);
  const other = paths.find((path) => /\.nii(\.gz)?$/i.test(path) || path.endsWith('/'));
  if (other !== undefined) {
    throw new NnUNetError('unknown-format', {
      what: `the model was trained on images that end in ${fileEnding} (${own.reader}), and this is none`,
      where: other,
      remedy: `Give images like those of the training, such as CASE_0000${fileEnding}.`,
    });
  }
  for (const notice of await spacingNotices(own.reader, paths, known)) reporter.warning(notice);
  const endings = [fileEnding, ...(saveSoftmax ? ['.npz'] : [])];
  const isDone = ({ id }: InputCase) => endings.every((end) => existsSync(join(outputFolder, id + end)));
  const done = overwrite ? [] : part.filter(isDone);
  for (const { id } of done) await removeUnfinishedLabels(outputFolder, id);
  const pending = part.filter((one) => !done.includes(one));
  return { ...own, formats, paths, cases: pending, done: done.map(({ id }) => id) };
}

/** Removes the label map that a prediction which was stopped left beside the one of the data set's form. */
export async function removeUnfinishedLabels(outputFolder: string, id: string): Promise<void> {
  await rm(join(outputFolder, `${id}.nii.gz`), { force: true });
}

/** Gives label maps that were predicted as `<case>.nii.gz` the form of the images. */
export async function writeOwnLabels({ cases, fileEnding, formats }: OwnImages, outputFolder: string): Promise<void> {
  for (const { id, images } of cases) {
    const labels = join(outputFolder, `${id}.nii.gz`);
    if (!existsSync(labels)) continue;
    await convertLabels(labels, { image: images[0]!, output: join(outputFolder, id + fileEnding) }, formats);
    await rm(labels);
  }
}

/** The formats known to a prediction: with those of its model's reader, if that has its own. */
export async function formatsOfModel(options: ModelOptions, known: ImageFormats): Promise<ImageFormats> {
  const folder = await modelFolderOf(options).catch((error: unknown) => {
    // The prediction says what is wrong.
    if (isNnUNetError(error)) return null;
    throw error;
  });
  const own = folder === null ? null : await ownReaderOf(folder);
  return own === null ? known : formatsOfReader(own.reader, [folder!], known);
}

async function modelFolderOf({
  roots,
  modelFolder,
  task,
  plansIdentifier: plans,
  ...options
}: ModelOptions): Promise<string | null> {
  if (modelFolder !== undefined) return modelFolder;
  if (task === undefined) return null;
  const name = await resolveTrainedTask(task, roots);
  const { configuration, trainer } = options;
  return isDatasetName(name) ? trainedModelFolder(roots, { task: name, configuration, trainer, plans }) : null;
}

async function ownReaderOf(modelFolder: string): Promise<OwnReader | null> {
  const [plans, dataset] = [PLANS_V2, DATASET_V2].map((name) => join(modelFolder, name)) as [string, string];
  if (!existsSync(plans) || !existsSync(dataset)) return null;
  const read = async (file: string) => Object(parseJsonWithNaN(await readTextFile(file), file));
  const { image_reader_writer: reader } = await read(plans);
  const { file_ending: fileEnding } = await read(dataset);
  return typeof reader === 'string' && ownReaderV2(reader) !== null && typeof fileEnding === 'string'
    ? { reader, fileEnding }
    : null;
}
