import { type CaseSampleV2, sampleCaseV2 } from '@nnunet/fingerprint/v2';
import { shippedNormalizations } from '@nnunet/preprocess';
import {
  cropCaseV2,
  labelledAsReadByV2,
  type PreprocessingV2,
  preprocessForTrainingV2,
  reorientsV2,
  requireFinite,
} from '@nnunet/preprocess/internal';
import type { CaseSources } from '@nnunet/preprocess/node';
import { noticesOnFiles, type RawState, requireUnchanged } from '@nnunet/preprocess/node/internal';
import type { LabelsV2 } from '@nnunet/schema';
import { declaredLabelsV2 } from '@nnunet/schema/internal';
import { writePreparedCase } from '@nnunet/store';
import { loadPlugins } from '@nnunet/threads/node';
import { shippedFormats } from '@nnunet/volume';
import { readLabels } from '@nnunet/volume/node';
import { readChannels } from '@nnunet/volume/node/internal';
import { allInOrder } from '../all-in-order.ts';
import { formatsOfReader } from './reader-formats.ts';

/** Work on one case of a raw dataset of v2, in a thread: plain data. */
export interface WorkOnCase {
  id: string;
  images: readonly string[];
  labels: string;
  /** Memory it may need, in bytes. */
  memory: number;
  /** The files must not change while they are read. */
  stamps: RawState['stamps'];
  /** v2's class that reads the images. */
  reader: string;
  /** Label values that dataset.json declares. */
  labelValues: LabelsV2;
  /** Paths of modules with the user's own formats and normalisation schemes. */
  plugins: readonly string[];
  task:
    | { kind: 'sample'; cases: number; channels: number }
    | { kind: 'prepare'; settings: PreprocessingV2; folder: string; madeFrom: CaseSources };
}

export interface WorkedCase {
  /** Notices about the files, such as non-finite voxels counted as 0. */
  notices: string[];
  /** null unless the case is sampled. */
  sample: CaseSampleV2 | null;
}

/** Samples a case for the fingerprint, or prepares it for training and writes it. */
export async function workOnCase(work: WorkOnCase): Promise<WorkedCase> {
  const { id, task, labelValues } = work;
  const own = { normalizations: shippedNormalizations, formats: shippedFormats };
  const { normalizations, formats } = await loadPlugins(work.plugins, own);
  const { files, images, labels, notices } = await readCase(work, formats);
  await requireUnchanged(work.stamps);
  const source = { id, files, labelFile: work.labels };
  if (task.kind === 'sample') {
    const cropped = cropCaseV2(images, labels, { ...source, declaredLabels: declaredLabelsV2(labelValues) });
    return { notices, sample: sampleCaseV2(cropped, task) };
  }
  const settings = { ...task.settings, labels: labelValues };
  const { data, shape, properties, locations } = preprocessForTrainingV2(images, labels, settings, {
    ...source,
    normalizations,
  });
  requireFinite(data, shape, id);
  await writePreparedCase(task.folder, id, {
    data,
    shape,
    properties: { ...properties, made_from: task.madeFrom },
    locations,
  });
  return { notices, sample: null };
}

/** Reads the channels of a case, with the file of each, and its label map. */
async function readCase({ images, labels: labelFile, reader }: WorkOnCase, own: typeof shippedFormats) {
  const formats = await formatsOfReader(reader, [...images, labelFile], own);
  const read = await allInOrder(images.map((file) => readChannels(file, formats)));
  const files = read.flatMap((channels, i) => channels.map(() => images[i]!));
  const volumes = read.flat();
  const labelMap = await readLabels(labelFile, formats);
  const notices = noticesOnFiles(files, volumes, labelFile, labelMap);
  return { files, ...labelledAsReadByV2(volumes, labelMap, reorientsV2(reader, labelFile)), notices };
}
