import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { encodePng, overlayPixels, sliceWithMostForeground, takeSlice } from '@nnunet/plot';
import type { Roots } from '@nnunet/schema';
import { DEFAULT_DATA_IDENTIFIER, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { listCases, openPreparedCase } from '@nnunet/store';
import { resolveTask } from '@nnunet/store/internal';
import { namesIn, writeFileAtomic } from '@nnunet/tensor/node/internal';
import type { ImageFormats, LabelArray } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';
import { formatsOfCases, imagesByCase, labelMapsIn } from './case-files.ts';
import { drawAll } from './draw-all.ts';
import { type Extensions, shippedExtensions } from './extensions.ts';
import type { Reporter } from './reporter.ts';

export interface PlotTaskOptions {
  roots: Roots;
  /** Id or name. */
  task: string;
  outputFolder: string;
  /** Which modality to draw. */
  modality: number;
  /** Draw the raw images; otherwise those prepared for full resolution. */
  raw: boolean;
  /** Cases drawn at the same time. */
  workers: number;
  /** Default: the built-in formats. */
  extensions?: Pick<Extensions, 'formats'>;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** A channel and the labels of a case, (z, y, x). */
interface DrawnCase {
  image: Float32Array;
  labels: LabelArray;
  shape: readonly [number, number, number];
}

/**
 * Draws for every case the slice (axis 0) with most foreground, labels over the image, to `<out>/<case>.png` (v1's
 * generate_overlays_for_task): from the last `nnUNetData_plans_v2.1_stage*` folder, or from the raw files.
 *
 * @returns number of pictures
 * @throws NnUNetError 'usage', 'missing-file'; 'cases-failed' at the end, naming those that could not be drawn, after
 * the others
 */
export async function plotTask(options: PlotTaskOptions): Promise<number> {
  const { roots, modality, outputFolder, raw, reporter, signal } = options;
  requireInteger('modality', modality, 0);
  requireInteger('workers', options.workers, 1);
  const task = await resolveTask(options.task, roots, 'nnUNetv2_plot_overlay_pngs -d DATASET -o FOLDER');
  const cases = raw
    ? await rawCases(rawFolder(roots, task), modality, options.extensions)
    : await preparedCases(preprocessedFolder(roots, task), modality);
  return drawOverlays(cases, {
    outputFolder,
    workers: options.workers,
    sliceOf: sliceWithMostForeground,
    reporter,
    signal,
  });
}

interface DrawOverlaysOptions extends Pick<PlotTaskOptions, 'outputFolder' | 'workers' | 'reporter' | 'signal'> {
  /** Chooses the slice to draw. */
  sliceOf(labels: DrawnCase['labels'], shape: DrawnCase['shape']): number;
  /** How much of its colour a label adds. */
  intensity?: number;
}

/** Draws a slice of each case, with the labels over the image, and returns the number of pictures. */
export async function drawOverlays(
  { ids, read }: CasesToDraw,
  { sliceOf, intensity, ...options }: DrawOverlaysOptions,
): Promise<number> {
  await mkdir(options.outputFolder, { recursive: true });
  await drawAll(
    ids.map((id) => ({ id })),
    {
      ...options,
      async draw({ id }, output) {
        const { image, labels, shape } = await read(id);
        const z = sliceOf(labels, shape);
        const pixels = overlayPixels(takeSlice(image, shape, z), takeSlice(labels, shape, z), intensity);
        await writeFileAtomic(output, encodePng(pixels));
      },
    },
  );
  return ids.length;
}

/** Cases to draw. */
export interface CasesToDraw {
  ids: readonly string[];
  read(id: string): Promise<DrawnCase>;
}

async function rawCases(
  folder: string,
  modality: number,
  { formats: known }: Pick<Extensions, 'formats'> = shippedExtensions,
): Promise<CasesToDraw> {
  await namesIn(folder);
  const [images, labels] = [joinPath(folder, 'imagesTr'), joinPath(folder, 'labelsTr')];
  const { files } = existsSync(labels) ? await labelMapsIn(labels, {}, known) : { files: new Map<string, string>() };
  if (files.size === 0) {
    throw new NnUNetError('missing-file', {
      what: 'there are no label maps',
      where: labels,
      remedy: 'Check the task and nnUNet_raw_data_base.',
    });
  }
  const formats = await formatsOfCases({}, { paths: [...files.values()], images: [images] }, known);
  const imagesOf = await imagesByCase(images, {}, formats);
  return {
    ids: [...files.keys()],
    async read(id) {
      const usual = joinPath(images, `${id}_${String(modality).padStart(4, '0')}.nii.gz`);
      const file = imagesOf.get(id)?.[modality] ?? usual;
      return readRawCase(file, files.get(id)!, { check: 'nnUNet_plan_and_preprocess', formats });
    },
  };
}

async function preparedCases(taskFolder: string, modality: number): Promise<CasesToDraw> {
  const prefix = `${DEFAULT_DATA_IDENTIFIER}_stage`;
  const stages = (await readdir(taskFolder).catch(() => [])).filter((name) => name.startsWith(prefix)).sort();
  const last = stages.at(-1);
  if (last === undefined) {
    throw new NnUNetError('missing-file', {
      what: `there is no folder ${prefix}…`,
      where: taskFolder,
      remedy: 'Run nnUNet_plan_and_preprocess first, or draw the raw images with `raw`.',
    });
  }
  const folder = joinPath(taskFolder, last);
  return {
    ids: (await listCases(folder)).sort(),
    read: (id) => readPreparedCase(folder, id, modality),
  };
}

/**
 * Reads a channel and the labels of a raw case.
 *
 * @param options `check`: the command that checks such data, for the message; `channel`: that of the file. Default: the
 *   first
 * @throws NnUNetError 'shape-mismatch'
 */
export async function readRawCase(
  file: string,
  labelFile: string,
  { check, formats, channel = 0 }: { check: string; formats?: ImageFormats; channel?: number },
): Promise<DrawnCase> {
  const image = (await readChannels(file, formats))[channel]!;
  const labels = await readLabels(labelFile, formats);
  if (image.shape.join() !== labels.shape.join()) {
    throw new NnUNetError('shape-mismatch', {
      what: `image and label map differ in size: ${image.shape.join(' x ')} and ${labels.shape.join(' x ')} voxels`,
      where: file,
      remedy: `Check the dataset with ${check} \`verify\`.`,
    });
  }
  return { image: image.data, labels: labels.data, shape: image.shape };
}

/** Reads a channel and the labels of a prepared case, without -1. @throws NnUNetError 'usage' for a channel it lacks */
export async function readPreparedCase(folder: string, id: string, modality: number): Promise<DrawnCase> {
  const prepared = await openPreparedCase(folder, id);
  try {
    const [channels, ...shape] = prepared.shape;
    if (modality >= channels - 1) {
      throw usageError({
        what: `there is no modality ${modality}: the case has ${channels - 1}`,
        where: '`modality`',
        remedy: `Give 0 to ${channels - 2}.`,
      });
    }
    const data = await prepared.readBox([0, 0, 0], shape);
    const voxels = data.length / channels;
    const labels = data.slice((channels - 1) * voxels);
    for (let i = 0; i < labels.length; i++) if (labels[i]! < 0) labels[i] = 0;
    return { image: data.slice(modality * voxels, (modality + 1) * voxels), labels, shape };
  } finally {
    await prepared.close();
  }
}
