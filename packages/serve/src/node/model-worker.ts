import { join } from 'node:path';
import { usageError } from '@nnunet/errors';
import { tilingOfPreset } from '@nnunet/inference/internal';
import { loadModel, predictFolder, type TrainedModel } from '@nnunet/inference/node';
import { convertLabels, foregroundTable, formatsOfReader, loadImageFormats } from '@nnunet/pipeline/internal';
import { parseJsonWithNaN } from '@nnunet/schema';
import { FILE_NAMES } from '@nnunet/schema/internal';
import { readTextFile } from '@nnunet/tensor/node/internal';
import { serveThread } from '@nnunet/threads/node';
import { shippedFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import {
  CASE,
  type LoadedModel,
  type LoadWork,
  type PredictedLabels,
  type PredictWork,
  type ShareDone,
} from './model-work.ts';
import { servedFiles } from './served-files.ts';

/** The model of this thread. */
let model: TrainedModel;

async function load({ folder, ...options }: LoadWork): Promise<LoadedModel> {
  model = await loadModel(folder, options);
  if (model.needsPreviousStage) {
    await model.dispose();
    throw usageError({
      what: 'the second stage of a cascade cannot be served: it needs the label maps of the first',
      where: folder,
      remedy: 'Serve another configuration.',
    });
  }
  const files = servedFiles(readerOf(model), await endingOf(model, folder));
  // The first image waits for nothing but its own prediction.
  await model.ensemble.warmUp(0);
  const { trainer, configuration } = model.description;
  const labels = foregroundTable(model.labelNames);
  const { severalPerFile, imageEndings, labelFormats } = files;
  const can = { severalPerFile, imageEndings, labelFormats };
  const info = { trainer, configuration, folds: model.folds, channels: model.channelNames, labels, ...can };
  return { info, files, version: model.version, integers: model.integers?.reason ?? null };
}

/** v2's class that reads the images of a model; null for models of v1. */
function readerOf(loaded: TrainedModel): string | null {
  return loaded.version === 2 ? loaded.description.reader : null;
}

/** The ending of the files of a model, with the dot. */
async function endingOf(loaded: TrainedModel, folder: string): Promise<string> {
  if (loaded.version === 1) return '.nii.gz';
  const file = join(folder, FILE_NAMES.dataset);
  return String(Object(parseJsonWithNaN(await readTextFile(file), file)).file_ending);
}

async function predict(work: PredictWork): Promise<PredictedLabels> {
  const { images, outputFolder, format, preset, maxMemory, port } = work;
  const reader = readerOf(model);
  const formats = await formatsOfReader(reader ?? '', [...images, `.${format}`], shippedFormats);
  const stop = new AbortController();
  port.on('message', () => stop.abort(new DOMException('the client went away', 'AbortError')));
  try {
    const { failed } = await predictFolder({
      model,
      cases: [{ id: CASE, images: [...images] }],
      outputFolder,
      formats,
      ...tilingOfPreset(preset, model.ensemble.mirrorAxes, {}),
      maxMemory,
      // This thread is beside the one that answers requests.
      threads: { preparing: 0, writing: 0 },
      signal: stop.signal,
      onProgress: ({ share, secondsLeft }) => port.postMessage({ share, secondsLeft } satisfies ShareDone),
    });
    if (failed[0] !== undefined) throw failed[0].error;
  } finally {
    port.close();
  }
  const labels = join(outputFolder, `${CASE}.nii.gz`);
  const { data, spacing } = await readLabels(labels);
  const counts = new Map<number, number>();
  for (const label of data) if (label !== 0) counts.set(label, (counts.get(label) ?? 0) + 1);
  const file = join(outputFolder, `${CASE}.${format}`);
  if (file !== labels) await convertLabels(labels, { image: images[0]!, output: file }, formats);
  const flat = model.rules.severalPerFile;
  const stored = images.every((image) => /\.nii(\.gz)?$/.test(image));
  const { spacingNotice } = flat || stored ? {} : await loadImageFormats(images[0]!, shippedFormats);
  const notices = await Promise.all(images.map((image) => spacingNotice?.(image)));
  return {
    file,
    voxels: Object.fromEntries(counts),
    voxelVolume: flat ? null : spacing[0] * spacing[1] * spacing[2],
    spacingAssumed: notices.some((notice) => notice != null),
  };
}

serveThread(async (work: LoadWork | PredictWork) => (work.kind === 'load' ? load(work) : predict(work)));
