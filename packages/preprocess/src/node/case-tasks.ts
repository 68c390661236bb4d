import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plans } from '@nnunet/dataset';
import { writePreparedCase } from '@nnunet/dataset/node';
import { notFiniteNotice, roundedNotice } from '@nnunet/volume';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { cropCase } from '../crop-case.ts';
import { preprocessCase } from '../preprocessor-registry.ts';
import { requireFinite } from '../require-finite.ts';
import { readCroppedCase, writeCroppedCase } from './cropped-files.ts';
import { loadPreprocessors } from './load-preprocessors.ts';

/** Files of a case before cropping. */
export interface RawCase {
  id: string;
  /** One path per modality, in their order. */
  images: readonly string[];
  labels: string | null;
}

/** Crops a case from its files. */
export interface CropTask {
  kind: 'crop';
  raw: RawCase;
  outFolder: string;
  /** Where the label file is copied to, if anywhere. */
  groundTruthFolder: string | null;
  /** The cropped files exist already: only the label file is copied. */
  copyOnly: boolean;
  /** Label values that may occur; not looked at where this is left out. */
  declaredLabels?: readonly number[];
}

/** Prepares a cropped case for training. */
export interface PrepareTask {
  kind: 'prepare';
  id: string;
  croppedFolder: string;
  outFolder: string;
  plans: Plans;
  stage: number;
  /** Modules with preprocessors of the user's own. */
  plugins: readonly string[];
}

/** Plain data, so that it can be sent to a thread. */
export type CaseTask = CropTask | PrepareTask;

/** @returns what is to be told of the case */
export async function runCaseTask(task: CaseTask): Promise<string[]> {
  if (task.kind === 'crop') return await crop(task);
  await prepare(task);
  return [];
}

async function crop(task: CropTask): Promise<string[]> {
  const { raw, outFolder, groundTruthFolder, copyOnly, declaredLabels } = task;
  const { id, images, labels } = raw;
  if (labels !== null && groundTruthFolder !== null) {
    await mkdir(groundTruthFolder, { recursive: true });
    await copyFile(labels, join(groundTruthFolder, basename(labels)));
  }
  if (copyOnly) return [];
  const volumes = await Promise.all(images.map(readVolume));
  const segmentation = labels === null ? null : await readLabels(labels);
  const source = { id, files: images, labelFile: labels, declaredLabels };
  await writeCroppedCase(outFolder, cropCase(volumes, segmentation, source));
  return [
    ...images.map((file, m) => notFiniteNotice(file, volumes[m]!)),
    roundedNotice(labels ?? '', segmentation),
  ].filter((notice) => notice !== null);
}

async function prepare({ id, croppedFolder, outFolder, plans, stage, plugins }: PrepareTask): Promise<void> {
  await loadPreprocessors(plugins);
  const { data, shape, properties, locations } = preprocessCase(await readCroppedCase(croppedFolder, id), plans, stage);
  requireFinite(data, shape, id);
  await writePreparedCase(outFolder, id, { data, shape, properties, locations });
}
