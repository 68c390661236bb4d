import { type CaseSampleV2, sampleCaseV2 } from '@nnunet/fingerprint/v2';
import { shippedNormalizations } from '@nnunet/preprocess';
import {
  cropCaseV2,
  labelledAsReadByV2,
  type PreprocessingV2,
  preprocessForTrainingV2,
  requireFinite,
} from '@nnunet/preprocess/internal';
import type { CaseSources } from '@nnunet/preprocess/node';
import { noticesOnFiles, type RawState, requireUnchanged } from '@nnunet/preprocess/node/internal';
import type { LabelsV2 } from '@nnunet/schema';
import { declaredLabelsV2 } from '@nnunet/schema/internal';
import { writePreparedCase } from '@nnunet/store';
import { loadPlugins } from '@nnunet/threads/node';
import { shippedFormats } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { allInOrder } from '../all-in-order.ts';
import { formatsToRead } from '../image-formats.ts';

/** Work on one case of a raw dataset of v2, in a thread: plain data. */
export interface WorkOnCase {
  id: string;
  images: readonly string[];
  labels: string;
  /** Memory it may need, in bytes. */
  memory: number;
  /** The files must not change while they are read. */
  stamps: RawState['stamps'];
  /** Whether images are turned to RAS when read. */
  reorients: boolean;
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
  const { images, labels, notices } = await readCase(work, formats);
  await requireUnchanged(work.stamps);
  const source = { id, files: work.images, labelFile: work.labels };
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

async function readCase({ images: files, labels: labelFile, reorients }: WorkOnCase, own: typeof shippedFormats) {
  const formats = await formatsToRead([...files, labelFile], own);
  const volumes = await allInOrder(files.map((file) => readVolume(file, formats)));
  const labelMap = await readLabels(labelFile, formats);
  const notices = noticesOnFiles(files, volumes, labelFile, labelMap);
  return { ...labelledAsReadByV2(volumes, labelMap, reorients), notices };
}
