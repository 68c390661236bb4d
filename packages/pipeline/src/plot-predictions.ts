import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNnUNetError, NnUNetError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import { labelFiles } from '@nnunet/metrics/node/internal';
import type { Roots } from '@nnunet/schema';
import {
  checkConfiguration,
  FILE_NAMES,
  foldFolderName,
  modelFolder,
  parseFold,
  preprocessedFolder,
  rawFolder,
} from '@nnunet/schema/internal';
import { readDatasetDescription } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';
import { drawAll } from './draw-all.ts';
import { drawCase } from './draw-case.ts';
import type { Reporter } from './reporter.ts';

/** The folders of the cases to draw. */
export interface PicturedFolders {
  /** `<case>_0000.nii.gz`, … */
  images: string;
  predictions: string;
  /** Omitted if there are no references. */
  references?: string;
  /** Label value to name. */
  names: Readonly<Record<string, string>>;
}

export interface PlotPredictionsOptions extends PicturedFolders {
  outputFolder: string;
  /** Which modality to draw. */
  modality: number;
  reporter: Reporter;
  signal?: AbortSignal;
}

/**
 * Draws every predicted label map of a folder next to its image and reference, to `<out>/<case>.png`.
 *
 * @returns number of pictures
 * @throws NnUNetError 'usage', 'missing-folder', 'missing-file' naming missing images and references; 'cases-failed'
 * at the end, naming those that could not be drawn, after the others
 */
export async function plotPredictions(options: PlotPredictionsOptions): Promise<number> {
  const { images, predictions, references, names, modality, outputFolder, reporter, signal } = options;
  requireInteger('modality', modality, 0);
  const ids = (await labelFiles(predictions)).map((name) => name.replace(/\.nii\.gz$/, ''));
  if (ids.length === 0) {
    throw new NnUNetError('missing-file', {
      what: 'there are no label maps (.nii.gz) in this folder',
      where: predictions,
      remedy: 'Give the output folder of nnUNet_predict.',
    });
  }
  const cases = ids.map((id) => ({
    id,
    image: join(images, `${id}_${String(modality).padStart(4, '0')}.nii.gz`),
    prediction: join(predictions, `${id}.nii.gz`),
    reference: references === undefined ? undefined : join(references, `${id}.nii.gz`),
  }));
  const missing = cases.flatMap(({ image, reference }) =>
    [image, reference].filter((file): file is string => file !== undefined && !existsSync(file)),
  );
  if (missing.length > 0) {
    throw new NnUNetError('missing-file', {
      what: `there is no ${listed(missing, 5)}`,
      remedy: 'Images and references must have the names of the predictions.',
    });
  }
  await mkdir(outputFolder, { recursive: true });
  await drawAll(cases, {
    outputFolder,
    workers: 1,
    draw: ({ id, ...files }, output) => drawCase({ ...files, output, title: id, names }).then(() => undefined),
    reporter,
    signal,
  });
  return cases.length;
}

/** Returns the names of a task's labels; none if its dataset.json is not available. */
export async function labelNamesOf(roots: Roots, task: string): Promise<Record<string, string>> {
  const name = await resolveTask(task, roots).catch((error: unknown) => {
    if (isNnUNetError(error, 'unknown-task')) return null;
    throw error;
  });
  if (name === null) return {};
  const folders = [
    ...(roots.rawBase === null ? [] : [rawFolder(roots, name)]),
    ...(roots.preprocessed === null ? [] : [preprocessedFolder(roots, name)]),
  ];
  const file = folders.map((folder) => join(folder, FILE_NAMES.dataset)).find((path) => existsSync(path));
  return file === undefined ? {} : (await readDatasetDescription(file)).labels;
}

export interface PicturedModel {
  roots: Roots;
  /** Id or name. */
  task: string;
  configuration: string;
  trainer: string;
  plansIdentifier: string;
  fold: string;
  validationFolder: string;
}

/** Returns the folders of a trained fold's validation cases. */
export async function validationFolders(model: PicturedModel): Promise<PicturedFolders> {
  const { roots, trainer, plansIdentifier: plans } = model;
  const configuration = checkConfiguration(model.configuration);
  const fold = foldFolderName(parseFold(model.fold));
  const task = await resolveTask(model.task, roots);
  return {
    images: join(rawFolder(roots, task), 'imagesTr'),
    predictions: join(modelFolder(roots, { configuration, task, trainer, plans }), fold, model.validationFolder),
    references: join(preprocessedFolder(roots, task), FILE_NAMES.groundTruth),
    names: await labelNamesOf(roots, task),
  };
}
