import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import { labelFiles } from '@nnunet/metrics/node/internal';
import type { Roots } from '@nnunet/schema';
import { type DatasetLabels, FILE_NAMES, parseFold, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { drawAll } from './draw-all.ts';
import { drawCase } from './draw-case.ts';
import { datasetFileOf, unlessUnknown } from './label-names.ts';
import type { PicturedModel } from './pictured-model.ts';
import type { Reporter } from './reporter.ts';
import { rulesOfTask } from './task-rules.ts';
import { requireConfiguration } from './trained-configuration.ts';

/** The folders of the cases to draw. */
export interface PicturedFolders {
  /** `<case>_0000.nii.gz`, … */
  images: string;
  predictions: string;
  /** Omitted if there are no references. */
  references?: string;
  /** What is known of the labels. */
  known: Partial<DatasetLabels>;
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
  const { images, predictions, references, known, modality, outputFolder, reporter, signal } = options;
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
    draw: ({ id, ...files }, output) => drawCase({ ...files, output, title: id, known }).then(() => undefined),
    reporter,
    signal,
  });
  return cases.length;
}

/**
 * Returns what is known of a task's labels; nothing if its dataset.json is not available.
 *
 * @param task id or name, of a task of v1 or a dataset of v2
 */
export async function knownLabels(roots: Roots, task: string): Promise<Partial<DatasetLabels>> {
  const name = await unlessUnknown(resolveTaskFirst(task, roots));
  const file = name === null ? undefined : datasetFileOf(roots, name);
  return file === undefined ? {} : rulesOfTask(name!).validation.readLabels(file);
}

/**
 * Returns the folders of a trained fold's validation cases, and what is known of their labels.
 *
 * @param model `task`: id or name
 */
export async function validationFolders(model: PicturedModel): Promise<PicturedFolders & { rules: string }> {
  const { roots } = model;
  parseFold(model.fold);
  await requireConfiguration(roots, model);
  const task = await resolveTaskFirst(model.task, roots);
  const { name, validation } = rulesOfTask(task);
  return {
    images: join(rawFolder(roots, task), 'imagesTr'),
    predictions: validation.folder({ ...model, task }),
    references: join(preprocessedFolder(roots, task), FILE_NAMES.groundTruth),
    known: await knownLabels(roots, task),
    rules: `${task} (rules of ${name})`,
  };
}
