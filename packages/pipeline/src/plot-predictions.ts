import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NnUNetError } from '@nnunet/errors';
import { listed, requireInteger } from '@nnunet/errors/internal';
import type { Roots } from '@nnunet/schema';
import {
  type DatasetLabels,
  FILE_NAMES,
  knownRawFolder,
  parseFold,
  preprocessedFolder,
  rawFolder,
} from '@nnunet/schema/internal';
import { resolveTaskFirst } from '@nnunet/store/internal';
import { formatsOfCases, imagesByCase, type KindOfFiles, labelMapsIn } from './case-files.ts';
import { holdsSeveral, placeOfChannel } from './channel-place.ts';
import { drawAll } from './draw-all.ts';
import { drawCase } from './draw-case.ts';
import { type Extensions, shippedExtensions } from './extensions.ts';
import { datasetFileOf, unlessUnknown } from './label-names.ts';
import type { FoundDescription, PicturedFiles, PicturedModel } from './pictured-model.ts';
import type { Reporter } from './reporter.ts';
import { rulesOfTask } from './task-rules.ts';
import { requireConfiguration } from './trained-configuration.ts';

/** The folders of the cases to draw. */
export interface PicturedFolders {
  /** Images of any format that predictions read, `<case>_0000.nii.gz`, …; or those of each case, in the order of their channels. */
  images: string | ReadonlyMap<string, readonly string[]>;
  /** Label maps, as those of references with the ending of the data set or of another format. */
  predictions: string;
  /** Omitted if there are no references. */
  references?: string;
  /** What is known of the labels. */
  known: Partial<DatasetLabels>;
  /** What is known of the files. Default: their endings tell. */
  kind?: KindOfFiles;
}

export interface PlotPredictionsOptions extends PicturedFolders {
  outputFolder: string;
  /** Which modality to draw. */
  modality: number;
  /** Default: the built-in formats. */
  extensions?: Pick<Extensions, 'formats'>;
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
  const { images, predictions, references, known, kind = {}, modality, outputFolder, reporter, signal } = options;
  const { formats: usual } = options.extensions ?? shippedExtensions;
  requireInteger('modality', modality, 0);
  const predicted = await labelMapsIn(predictions, kind, usual);
  if (predicted.files.size === 0) {
    throw new NnUNetError('missing-file', {
      what: 'there are no label maps in this folder',
      where: predictions,
      remedy: 'Give the output folder of nnUNet_predict.',
    });
  }
  const nothing = { ending: kind.ending ?? predicted.ending, files: new Map<string, string>() };
  const given =
    references === undefined ? null : existsSync(references) ? await labelMapsIn(references, kind, usual) : nothing;
  const paths = [predicted, given].flatMap((found) => [...(found?.files.values() ?? [])]);
  const folders = typeof images === 'string' ? [images] : [];
  const formats = await formatsOfCases(kind, { paths, images: folders }, usual);
  const imagesOf = typeof images === 'string' ? await imagesByCase(images, kind, formats) : images;
  const cases = [...predicted.files].map(([id, prediction]) => ({
    id,
    prediction,
    files: imagesOf.get(id) ?? [],
    reference: given?.files.get(id),
  }));
  const lacks = (files: readonly string[]) =>
    files.length === 0 || (files.length <= modality && files.every((file) => !holdsSeveral(file, formats)));
  const missing = cases.flatMap(({ id, files, reference }) => [
    ...(lacks(files) ? [imageName(id, { images, modality, ending: kind.ending ?? predicted.ending })] : []),
    ...(given !== null && reference === undefined ? [join(references!, id + given.ending)] : []),
  ]);
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
    async draw({ id, prediction, reference, files }, output) {
      const { file: image, channel } = await placeOfChannel(modality, files, formats);
      await drawCase({ image, channel, prediction, reference, output, title: id, known, formats });
    },
    reporter,
    signal,
  });
  return cases.length;
}

/** The path that an image of a case would have. */
function imageName(
  id: string,
  { images, modality, ending }: Pick<PlotPredictionsOptions, 'images' | 'modality'> & { ending: string },
): string {
  const name = `${id}_${String(modality).padStart(4, '0')}${ending}`;
  return typeof images === 'string' ? join(images, name) : name;
}

/** What the dataset.json of a task says, as far as pictures need it. */
interface DescribedTask extends Pick<PicturedFolders, 'known' | 'kind'> {
  images: PicturedFiles['images'];
}

/**
 * Returns what is known of a task's labels and files; nothing if its dataset.json is not available.
 *
 * @param task id or name, of a task of v1 or a dataset of v2
 */
export async function describedTask(
  roots: Roots,
  task: string,
  { variables, formats = shippedExtensions.formats }: Partial<Pick<FoundDescription, 'variables' | 'formats'>> = {},
): Promise<DescribedTask> {
  const name = await unlessUnknown(resolveTaskFirst(task, roots));
  const file = name === null ? undefined : datasetFileOf(roots, name);
  if (file === undefined) return { known: {}, kind: {}, images: null };
  const { validation } = rulesOfTask(name!);
  const folder = knownRawFolder(roots, name!);
  const raw = folder !== null && existsSync(folder) ? folder : null;
  const known = await validation.readLabels(file);
  return { known, ...(await validation.files({ file, raw, variables, formats })) };
}

/**
 * Returns the folders of a trained fold's validation cases, and what is known of their labels.
 *
 * @param model `task`: id or name
 */
export async function validationFolders(
  model: PicturedModel,
  reading: Parameters<typeof describedTask>[2] = {},
): Promise<PicturedFolders & { rules: string }> {
  const { roots } = model;
  parseFold(model.fold);
  await requireConfiguration(roots, model);
  const task = await resolveTaskFirst(model.task, roots);
  const { name, validation } = rulesOfTask(task);
  const { images, ...described } = await describedTask(roots, task, reading);
  return {
    ...described,
    images: images ?? join(rawFolder(roots, task), 'imagesTr'),
    predictions: validation.folder({ ...model, task }),
    references: join(preprocessedFolder(roots, task), FILE_NAMES.groundTruth),
    rules: `${task} (rules of ${name})`,
  };
}
