import { existsSync } from 'node:fs';
import { NnUNetError } from '@nnunet/errors';
import { reorientsV2 } from '@nnunet/preprocess/internal';
import { type DatasetV2, parseJsonWithNaN } from '@nnunet/schema';
import { joinPath } from '@nnunet/schema/internal';
import { readDatasetV2 } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import type { ImageFormats } from '@nnunet/volume';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { formatsOfReader } from './reader-formats.ts';

/** v2's names of the two files that say what predictions are. */
export const DATASET_V2 = 'dataset.json';
export const PLANS_V2 = 'plans.json';

export interface PredictionFilesOptions {
  /** dataset.json of v2. Default: that in `folder`. */
  datasetFile?: string | undefined;
  /** plans.json of v2. Default: that in `folder`. */
  plansFile?: string | undefined;
  /** Folder of predictions. */
  folder: string;
  extensions?: Pick<Extensions, 'formats'> | undefined;
}

/** What the dataset.json and plans.json beside predictions say about them. */
export interface PredictionFiles {
  dataset: DatasetV2;
  /** v2's class that reads the images. */
  reader: string;
  /** Whether v2 turns images to RAS when it reads them. */
  reorients: boolean;
  /** Those needed to read the label maps. */
  formats: ImageFormats;
  datasetFile: string;
  plansFile: string;
}

/**
 * Reads the dataset.json and plans.json that belong to predictions, as v2's commands on predictions require.
 *
 * @throws NnUNetError 'missing-file', 'bad-json', 'bad-dataset-json', 'bad-dataset', 'bad-plans', 'unsupported-reader',
 * 'missing-package'
 */
export async function readPredictionFiles(options: PredictionFilesOptions): Promise<PredictionFiles> {
  const { folder, extensions = shippedExtensions } = options;
  const datasetFile = options.datasetFile ?? joinPath(folder, DATASET_V2);
  const plansFile = options.plansFile ?? joinPath(folder, PLANS_V2);
  requireBeside(datasetFile, 'datasetFile');
  requireBeside(plansFile, 'plansFile');
  const dataset = await readDatasetV2(datasetFile);
  const { image_reader_writer: reader } = Object(parseJsonWithNaN(await readTextFile(plansFile), plansFile));
  if (typeof reader !== 'string') {
    throw new NnUNetError('bad-plans', {
      what: 'is not the plans of nnU-Net v2: the key "image_reader_writer" expected',
      where: plansFile,
      remedy: 'Give the plans.json of the model, which is also in the folder of its predictions.',
    });
  }
  return {
    dataset,
    reader,
    reorients: reorientsV2(reader, plansFile),
    formats: await formatsOfReader(reader, [`x${dataset.fileEnding}`], extensions.formats),
    datasetFile,
    plansFile,
  };
}

function requireBeside(file: string, option: string): void {
  if (existsSync(file)) return;
  throw new NnUNetError('missing-file', {
    what: 'this file is needed to know the labels and the format of the predictions',
    where: file,
    remedy: `Name it (\`${option}\`): it is in the folder of the model, and of every prediction with it.`,
  });
}
