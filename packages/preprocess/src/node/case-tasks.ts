import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Plans } from '@nnunet/schema';
import { writePreparedCase } from '@nnunet/store';
import type { TypedArray } from '@nnunet/tensor';
import { copyFileAtomic } from '@nnunet/tensor/node/internal';
import type { Volume } from '@nnunet/volume';
import { notFiniteNotice, roundedNotice } from '@nnunet/volume/internal';
import { readLabels, readVolume } from '@nnunet/volume/node';
import { cropCase } from '../crop-case.ts';
import { type PreprocessingLookup, preprocessorFor } from '../preprocessor-registry.ts';
import { requireFinite } from '../require-finite.ts';
import { type CaseSources, type RawState, RULES, requireUnchanged } from './case-sources.ts';
import { readCroppedCase, writeCroppedCase } from './cropped-files.ts';
import type { RawCase } from './raw-case.ts';

/** Crops a case from its files. */
export interface CropTask {
  kind: 'crop';
  raw: RawCase;
  outFolder: string;
  /** Where the label file is copied, or null. */
  groundTruthFolder: string | null;
  state: RawState;
  /** The cropped files exist already, so only the label file is copied. */
  copyOnly: boolean;
  /** Allowed label values. Default: not checked. */
  declaredLabels?: readonly number[];
}

/** Preprocesses a cropped case for training. */
export interface PrepareTask {
  kind: 'prepare';
  id: string;
  croppedFolder: string;
  outFolder: string;
  /** Written with the case. */
  madeFrom?: CaseSources;
  plans: Plans;
  stage: number;
  /** Paths of modules with the user's own preprocessors and normalisation schemes, for threads. */
  plugins: readonly string[];
}

/** Plain data, so that it can be sent to a thread. */
export type CaseTask = CropTask | PrepareTask;

/** @returns notices about the case */
export async function runCaseTask(task: CaseTask, lookup: PreprocessingLookup): Promise<string[]> {
  if (task.kind === 'crop') return await crop(task);
  await prepare(task, lookup);
  return [];
}

async function crop(task: CropTask): Promise<string[]> {
  const { raw, outFolder, groundTruthFolder, state, copyOnly, declaredLabels } = task;
  const { id, images, labels } = raw;
  if (labels !== null && groundTruthFolder !== null) {
    await mkdir(groundTruthFolder, { recursive: true });
    await copyFileAtomic(labels, join(groundTruthFolder, basename(labels)));
  }
  if (copyOnly) return [];
  const volumes = await Promise.all(images.map((file) => readVolume(file)));
  const segmentation = labels === null ? null : await readLabels(labels);
  const cropped = cropCase(volumes, segmentation, { id, files: images, labelFile: labels, declaredLabels });
  await requireUnchanged(state.stamps);
  const properties = { ...cropped.properties, made_from: { ...state.hashes, ...RULES } };
  await writeCroppedCase(outFolder, { ...cropped, properties });
  return noticesOnFiles(images, volumes, labels, segmentation);
}

/** Notices about voxels that were read as others than the files have. */
export function noticesOnFiles(
  images: readonly string[],
  volumes: readonly Volume<TypedArray>[],
  labels: string | null,
  labelMap: Volume<TypedArray> | null,
): string[] {
  return [...images.map((file, m) => notFiniteNotice(file, volumes[m]!)), roundedNotice(labels ?? '', labelMap)].filter(
    (notice) => notice !== null,
  );
}

async function prepare(
  { id, croppedFolder, outFolder, madeFrom, plans, stage }: PrepareTask,
  { preprocessors, normalizations }: PreprocessingLookup,
): Promise<void> {
  const cropped = await readCroppedCase(croppedFolder, id);
  const preprocessor = preprocessorFor(plans, preprocessors, normalizations);
  const { data, shape, properties, locations } = preprocessor.preprocess(cropped, stage);
  requireFinite(data, shape, id);
  const { made_from: _, ...rest } = properties;
  const known = madeFrom === undefined ? rest : { ...rest, made_from: madeFrom };
  await writePreparedCase(outFolder, id, { data, shape, properties: known, locations });
}
