import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { listed } from '@nnunet/errors/internal';
import { type DatasetDescription, parseDatasetDescription } from '@nnunet/schema';
import { imageFileName, joinPath } from '@nnunet/schema/internal';
import { writeDatasetDescription } from '@nnunet/store';
import { filesIn, stemsIn } from '@nnunet/tensor/node/internal';
import type { DescribedLabels } from '../description-v2.ts';

export interface GenerateDatasetJsonOptions extends DescribedLabels {
  /** Raw task folder with imagesTr and, if there are test images, imagesTs. */
  taskFolder: string;
  /** Names of the modalities in the order of the file numbers 0000, 0001, … */
  modalities: readonly string[];
  name: string;
  description?: string;
  reference?: string;
  licence?: string;
  release?: string;
}

/**
 * Writes `<taskFolder>/dataset.json` from the content of the folder (v1's generate_dataset_json): one case per name in
 * imagesTr without its last 12 characters (`_0000.nii.gz`), sorted; hidden files are skipped.
 * @throws NnUNetError 'missing-folder' without imagesTr, 'bad-file-name', 'files-do-not-fit' if a case lacks a modality
 *   or its label map, or has one too many; 'bad-dataset-json'
 */
export async function generateDatasetJson(options: GenerateDatasetJsonOptions): Promise<DatasetDescription> {
  const {
    taskFolder,
    modalities,
    labels,
    regionsClassOrder,
    name,
    description = '',
    reference = '',
    licence = '',
    release = '0.0',
  } = options;
  const images = await imagesIn(joinPath(taskFolder, 'imagesTr'), true);
  const testImages = await imagesIn(joinPath(taskFolder, 'imagesTs'), false);
  const [training, test] = [casesOf(images), casesOf(testImages)];
  const problems = [
    ...modalityProblems('imagesTr', images, modalities),
    ...modalityProblems('imagesTs', testImages, modalities),
    ...(await labelProblems(joinPath(taskFolder, 'labelsTr'), training)),
  ];
  if (problems.length > 0) {
    throw new NnUNetError('files-do-not-fit', {
      what: `images, label maps and the modalities (${modalities.join(', ')}) do not match\n${listed(problems, 20, '\n')}`,
      where: taskFolder,
      remedy: 'Add or rename the files, or give one modality name for each number _0000, _0001, …',
    });
  }
  const content = {
    name,
    description,
    reference,
    licence,
    release,
    tensorImageSize: '4D',
    modality: Object.fromEntries(modalities.map((modality, i) => [String(i), modality])),
    labels: { ...labels },
    ...(regionsClassOrder && { regions_class_order: regionsClassOrder }),
    numTraining: training.length,
    numTest: test.length,
    training: training.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
    test: test.map((id) => `./imagesTs/${id}.nii.gz`),
  };
  const file = joinPath(taskFolder, 'dataset.json');
  const checked = parseDatasetDescription(JSON.stringify(content), file);
  await writeDatasetDescription(file, checked);
  return checked;
}

/** Returns the case ids of images, sorted. */
function casesOf(images: readonly string[]): string[] {
  return [...new Set(images.map((file) => file.slice(0, -12)))].sort();
}

/** Modality numbers that a case lacks, or has beyond the named ones. */
function modalityProblems(folder: string, images: readonly string[], modalities: readonly string[]): string[] {
  const present = new Set(images);
  const expected = casesOf(images).flatMap((id) => modalities.map((_, m) => imageFileName(id, m)));
  const known = new Set(expected);
  return [
    ...expected
      .filter((file) => !present.has(file))
      .map((file) => `${folder}/${file} is missing: modality ${modalities[Number(file.slice(-11, -7))]}`),
    ...images
      .filter((file) => !known.has(file))
      .map((file) => `${folder}/${file} belongs to a modality without a name`),
  ];
}

/** Label maps without images, and vice versa. Without a folder of label maps, there is nothing to compare yet. */
async function labelProblems(folder: string, training: readonly string[]): Promise<string[]> {
  const labels = await stemsIn(folder, '.nii.gz').catch(() => null);
  if (labels === null) return [];
  const [withLabels, withImages] = [new Set(labels), new Set(training)];
  return [
    ...training.filter((id) => !withLabels.has(id)).map((id) => `labelsTr/${id}.nii.gz is missing`),
    ...labels.filter((id) => !withImages.has(id)).map((id) => `labelsTr/${id}.nii.gz has no images`),
  ];
}

async function imagesIn(folder: string, needed: boolean): Promise<string[]> {
  if (!needed && !existsSync(folder)) return [];
  const images = await filesIn(folder, '.nii.gz');
  for (const file of images) {
    if (/^.+_\d{4}\.nii\.gz$/.test(file)) continue;
    throw new NnUNetError('bad-file-name', {
      what: 'the name does not end in _0000.nii.gz, _0001.nii.gz, …',
      where: joinPath(folder, file),
      remedy: 'Name images CASE_MMMM.nii.gz, where MMMM is the four-digit number of the modality.',
    });
  }
  return images;
}
