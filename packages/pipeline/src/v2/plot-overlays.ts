import { existsSync } from 'node:fs';
import { rawCasesV2 } from '@nnunet/dataset/node';
import { NnUNetError, usageError } from '@nnunet/errors';
import { requireInteger } from '@nnunet/errors/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES, joinPath, preprocessedFolder, rawFolder } from '@nnunet/schema/internal';
import { listCases } from '@nnunet/store';
import { readDatasetV2, resolveDataset } from '@nnunet/store/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { placeOfChannel } from '../channel-place.ts';
import { type Extensions, shippedExtensions } from '../extensions.ts';
import { type CasesToDraw, drawOverlays, readPreparedCase, readRawCase } from '../plot-task.ts';
import type { DatasetOptions } from './raw-dataset.ts';
import { formatsOfReader, readerOfDataset } from './reader-formats.ts';

export interface PlotOverlaysV2Options extends Pick<DatasetOptions, 'roots' | 'variables' | 'reporter' | 'signal'> {
  /** Id or name. */
  dataset: string;
  outputFolder: string;
  channel: number;
  /** Draw the raw images instead of prepared ones. */
  raw: boolean;
  plans: string;
  /** Default: 3d_fullres, or 2d if the plans have none. */
  configuration?: string | undefined;
  /** How much of its colour is added where a label is. */
  intensity: number;
  /** Cases drawn at the same time. */
  workers: number;
  extensions?: Pick<Extensions, 'formats'>;
}

/**
 * Implements nnUNetv2_plot_overlay_pngs: draws for every training case the slice that shows most of all classes, with
 * the labels over the image, to `<out>/<case>.png`. Returns the number of pictures.
 * Origin: v2's utilities/overlay_plots.py.
 *
 * @throws NnUNetError 'usage', 'missing-file'; 'cases-failed' at the end
 */
export async function plotOverlaysV2(options: PlotOverlaysV2Options): Promise<number> {
  const { roots, channel, outputFolder, raw, intensity, workers, reporter, signal } = options;
  requireInteger('channel', channel, 0);
  requireInteger('workers', workers, 1);
  if (!(intensity >= 0)) throw usageError({ what: `\`intensity\` must be at least 0, not ${intensity}` });
  const dataset = await resolveDataset(options.dataset, roots, 'nnUNet_plot_task_pngs -t TASK -o FOLDER');
  const cases = raw ? await rawCases(dataset, options) : await preparedCases(dataset, options);
  reporter.message(`${dataset} (rules of nnU-Net v2)`);
  return drawOverlays(cases, { outputFolder, workers, sliceOf: sliceOfAllClasses, intensity, reporter, signal });
}

/** The first slice with the highest mean, over the classes, of the share of their voxels in it. */
export function sliceOfAllClasses(labels: ArrayLike<number>, [depth, y, x]: readonly [number, number, number]): number {
  const counts = new Map<number, Float64Array>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label <= 0) continue;
    if (!counts.has(label)) counts.set(label, new Float64Array(depth));
    counts.get(label)![Math.floor(i / (y * x))]!++;
  }
  const shares = new Float64Array(depth);
  for (const count of counts.values()) {
    const total = count.reduce((a, b) => a + b, 0);
    for (let z = 0; z < depth; z++) shares[z]! += count[z]! / total;
  }
  return shares.indexOf(Math.max(...shares));
}

async function rawCases(dataset: string, options: PlotOverlaysV2Options): Promise<CasesToDraw> {
  const { roots, channel, variables, extensions = shippedExtensions } = options;
  const folder = rawFolder(roots, dataset);
  const where = joinPath(folder, FILE_NAMES.dataset);
  const description = await readDatasetV2(where);
  const listed = await rawCasesV2(folder, description, variables);
  const cases = new Map(listed.map((one) => [one.id, one]));
  const known = extensions.formats;
  const reader = await readerOfDataset(description, where, { firstImage: listed[0]?.images[0], known });
  return {
    ids: [...cases.keys()],
    async read(id) {
      const { images, labels: labelFile } = cases.get(id)!;
      const formats = await formatsOfReader(reader, [...images, labelFile], known);
      const place = await placeOfChannel(channel, images, formats);
      return readRawCase(place.file, labelFile, { ...place, check: 'nnUNetv2_plan_and_preprocess', formats });
    },
  };
}

async function preparedCases(dataset: string, options: PlotOverlaysV2Options): Promise<CasesToDraw> {
  const prepared = preprocessedFolder(options.roots, dataset);
  const file = joinPath(prepared, `${options.plans}.json`);
  const { configurations } = Object(parseJsonWithNaN(await readTextFile(file), file));
  const known = Object(configurations) as Record<string, { data_identifier?: unknown } | undefined>;
  const configuration = options.configuration ?? ('3d_fullres' in known ? '3d_fullres' : '2d');
  const identifier = known[configuration]?.data_identifier;
  const folder = joinPath(prepared, String(identifier));
  if (typeof identifier !== 'string' || !existsSync(folder)) {
    throw new NnUNetError('missing-file', {
      what: `there are no prepared cases of ${configuration}`,
      where: typeof identifier === 'string' ? folder : file,
      remedy:
        'Run nnUNetv2_preprocess first, choose a `configuration` of the plans, or draw the raw images with `raw`.',
    });
  }
  return { ids: (await listCases(folder)).sort(), read: (id) => readPreparedCase(folder, id, options.channel) };
}
