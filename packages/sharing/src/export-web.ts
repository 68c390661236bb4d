import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { NnUNetError, usageError } from '@nnunet/errors';
import { counted } from '@nnunet/errors/internal';
import {
  CHECKPOINT_NAMES,
  CHECKPOINT_SUFFIX,
  readModelFile,
  TAB_BYTES,
  withoutMomenta,
} from '@nnunet/inference/internal';
import { findCheckpoints, isModelFolderV2, V2_LAYOUT } from '@nnunet/inference/node/internal';
import type { Reporter } from '@nnunet/pipeline';
import { foregroundTable } from '@nnunet/pipeline/internal';
import type { Fold, Roots } from '@nnunet/schema';
import { FILE_NAMES, parseFold } from '@nnunet/schema/internal';
import { copyAsOwn, fileError, readFileBytes } from '@nnunet/tensor/node/internal';
import { type SiteDescription, writeSite } from '@nnunet/web';
import { describeTrainedModel } from './describe-trained-model.ts';
import { describeTrainedModelV2 } from './describe-trained-model-v2.ts';
import type { ModelCard } from './model-card.ts';
import { cardRows } from './model-card-text.ts';
import { packArchive } from './pack-archive.ts';
import type { ArchiveSource } from './write-archive.ts';

export interface ExportWebOptions {
  roots: Roots;
  /** Folder of a trained model of this program, of nnU-Net v1 or of v2, in any place. */
  modelFolder: string;
  /** Folds to export, or ['all']. Default: all trained folds. */
  folds?: readonly string[];
  /** Base name of the checkpoint. Default: that of the final one. */
  checkpoint?: string;
  /** Folder for the page. */
  outputFolder: string;
  /** What the model is meant for, as the page says it. Default: research. */
  intendedUse?: string;
  /** NIfTI files of an image to try the model with, one per channel, in their order. */
  example?: readonly string[];
  /** Where the example comes from, and its licence. */
  exampleOrigin?: string;
  reporter: Reporter;
  signal?: AbortSignal;
}

/** Name of the model in a site. */
const MODEL_FILE = 'model.zip';

/**
 * Implements nnUNet_export_web: writes a page that predicts with a model in the browser of whoever opens it, for any web
 * server. The model is read back as the page will read it.
 *
 * @throws NnUNetError 'missing-plans'; 'usage' for an example of another number of images, or a folder with something
 * else in it; the errors of loading a model and of writing
 */
export async function exportWeb(options: ExportWebOptions): Promise<void> {
  const { modelFolder: folder, outputFolder, example = [], exampleOrigin = '', reporter, signal } = options;
  const { intendedUse = 'For research. Not a medical device.' } = options;
  const folds = options.folds?.map(parseFold);
  const v2 = await isModelFolderV2(folder);
  reporter.message(`${folder} (rules of nnU-Net ${v2 ? 'v2' : 'v1'})`);
  const checkpoints = await findCheckpoints(
    folder,
    { folds, checkpoint: options.checkpoint },
    v2 ? V2_LAYOUT : undefined,
  );
  const sources = sourcesOf(folder, checkpoints, v2);
  await writeSite({
    folder: outputFolder,
    signal,
    async fill(site) {
      const file = join(site, MODEL_FILE);
      await packArchive(file, sources, { reporter, signal });
      const { rules } = await readModelFile(await readFileBytes(file), folder, TAB_BYTES);
      const { description, channelNames, labelNames, needsPreviousStage } = rules;
      const card = v2
        ? await describeTrainedModelV2(folder)
        : await describeModel(options, { checkpoints, ...description });
      return {
        format: 'nnunet-site',
        version: 1,
        title: card.data.name ?? card.task,
        intendedUse,
        model: { file: MODEL_FILE, bytes: (await stat(file)).size },
        channels: [...channelNames],
        needsPreviousStage,
        labels: foregroundTable(labelNames),
        card: cardRows({ ...card, folds: checkpoints.map((path) => String(foldOf(path))) }),
        example: await copyExample(site, { example, exampleOrigin, channels: channelNames.length }),
      };
    },
  });
}

/** Returns what goes into the archive, with the checkpoints under the names of final ones, which the page looks for. */
function sourcesOf(folder: string, checkpoints: readonly string[], v2: boolean): ArchiveSource[] {
  const place = basename(resolve(folder));
  const sources: ArchiveSource[] = [];
  for (const file of checkpoints) {
    const name = `${place}/${basename(dirname(file))}/${v2 ? 'checkpoint_final' : CHECKPOINT_NAMES.final}`;
    if (v2) sources.push({ name: `${name}.pth`, file });
    else if (file.endsWith(CHECKPOINT_SUFFIX))
      sources.push({ name: name + CHECKPOINT_SUFFIX, file, change: withoutMomenta });
    else sources.push({ name: `${name}.model`, file }, { name: `${name}.model.pkl`, file: `${file}.pkl` });
  }
  for (const name of v2 ? ['plans.json', 'dataset.json'] : [FILE_NAMES.postprocessing]) {
    const file = join(folder, name);
    if (existsSync(file)) sources.push({ name: `${place}/${name}`, file });
  }
  return sources;
}

/** Makes the card of a model of this program or of v1, whose task is known by the folder it lies in. */
function describeModel(
  { roots, modelFolder }: ExportWebOptions,
  { checkpoints, trainer, configuration }: { checkpoints: readonly string[]; trainer: string; configuration: string },
): Promise<ModelCard> {
  const folder = resolve(modelFolder);
  const plansFile = [FILE_NAMES.modelPlans, 'plans.pkl'].find((name) => existsSync(join(folder, name)));
  if (plansFile === undefined) {
    throw new NnUNetError('missing-plans', {
      what: 'the plans of this model are missing',
      where: join(folder, FILE_NAMES.modelPlans),
      remedy: 'Copy the plans with which it was trained there.',
    });
  }
  return describeTrainedModel({
    roots,
    modelFolder: folder,
    task: basename(dirname(folder)),
    configuration,
    trainer,
    plans: basename(folder).split('__')[1] ?? '',
    folds: checkpoints.map(foldOf),
    checkpoints: checkpoints.map((path) => relative(folder, resolve(path))),
    plansFile,
    // A page computes in floating point.
    integers: null,
  });
}

/** Returns the fold of a checkpoint, which lies in `fold_N`, `fold_all`, or v1's `all`. */
function foldOf(checkpoint: string): Fold {
  return parseFold(basename(dirname(checkpoint)).replace('fold_', ''));
}

async function copyExample(
  site: string,
  { example, exampleOrigin, channels }: { example: readonly string[]; exampleOrigin: string; channels: number },
): Promise<SiteDescription['example']> {
  if (example.length === 0) return null;
  if (example.length !== channels) {
    throw usageError({
      what: `the model needs ${counted(channels, 'image')} per case, but the example has ${example.length}`,
      remedy: 'Give the files of one case, in the order of the channels, or no `example`.',
    });
  }
  const files: string[] = [];
  for (const [channel, file] of example.entries()) {
    // The images of several channels may have the same name.
    const folder = channels === 1 ? 'example' : `example/${channel}`;
    await mkdir(join(site, folder), { recursive: true });
    const name = `${folder}/${basename(file)}`;
    await copyAsOwn(file, join(site, name)).catch((cause) => {
      throw fileError(cause, file);
    });
    files.push(name);
  }
  return { files, origin: exampleOrigin };
}
