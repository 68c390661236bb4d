import { readdir } from 'node:fs/promises';
import { NnUNetError } from '@nnunet/errors';
import { fileError } from '@nnunet/tensor/node';
import { type DatasetDescription, parseDatasetDescription } from '../dataset-description.ts';
import { formatJson } from '../json-with-nan.ts';
import { joinPath } from '../roots.ts';
import { writeDatasetDescription } from './json-files.ts';

export interface GenerateDatasetJsonOptions {
  /** Raw task folder with imagesTr and, where there are test images, imagesTs. */
  taskFolder: string;
  /** Names of the modalities in the order of their file numbers 0000, 0001, … */
  modalities: readonly string[];
  /** Label value to name; 0 is the background. */
  labels: Readonly<Record<number | string, string>>;
  name: string;
  description?: string;
  reference?: string;
  licence?: string;
  release?: string;
}

/**
 * Writes `<taskFolder>/dataset.json` from the folder's content (v1's generate_dataset_json): a case for every name in
 * imagesTr without its last 12 characters (`_0000.nii.gz`), sorted; hidden files are passed over.
 * @throws NnUNetError 'missing-file' without imagesTr, 'bad-file-name', 'bad-dataset-json'
 */
export async function generateDatasetJson(options: GenerateDatasetJsonOptions): Promise<DatasetDescription> {
  const {
    taskFolder,
    modalities,
    labels,
    name,
    description = '',
    reference = '',
    licence = '',
    release = '0.0',
  } = options;
  const training = await casesIn(joinPath(taskFolder, 'imagesTr'), true);
  const test = await casesIn(joinPath(taskFolder, 'imagesTs'), false);
  const content = {
    name,
    description,
    reference,
    licence,
    release,
    tensorImageSize: '4D',
    modality: Object.fromEntries(modalities.map((modality, i) => [String(i), modality])),
    labels: { ...labels },
    numTraining: training.length,
    numTest: test.length,
    training: training.map((id) => ({ image: `./imagesTr/${id}.nii.gz`, label: `./labelsTr/${id}.nii.gz` })),
    test: test.map((id) => `./imagesTs/${id}.nii.gz`),
  };
  const file = joinPath(taskFolder, 'dataset.json');
  const checked = parseDatasetDescription(formatJson(content), file);
  await writeDatasetDescription(file, checked);
  return checked;
}

async function casesIn(folder: string, needed: boolean): Promise<string[]> {
  let files: string[];
  try {
    files = await readdir(folder);
  } catch (cause) {
    if (!needed && (cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(cause, folder);
  }
  const images = files.filter((file) => file.endsWith('.nii.gz') && !file.startsWith('.'));
  for (const file of images) {
    if (/^.+_\d{4}\.nii\.gz$/.test(file)) continue;
    throw new NnUNetError('bad-file-name', {
      what: 'the name does not end in _0000.nii.gz, _0001.nii.gz, …',
      where: joinPath(folder, file),
      remedy: 'Name images CASE_MMMM.nii.gz, MMMM = number of the modality with four digits.',
    });
  }
  return [...new Set(images.map((file) => file.slice(0, -12)))].sort();
}
