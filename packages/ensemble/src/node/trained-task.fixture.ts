import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluateFiles, writeSummary } from '@nnunet/metrics/node';
import { stampedSummary } from '@nnunet/metrics/node/internal';
import { modelFolder } from '@nnunet/schema/internal';
import { writeCaseProperties } from '@nnunet/store/internal';
import { writeNpzFile } from '@nnunet/tensor/node';
import { writeLabels } from '@nnunet/volume/node';

export const TASK = 'Task200_Made';
export const SHAPE = [2, 3, 4] as const;
const VOXELS = 24;
const geometry = {
  shape: SHAPE,
  spacing: [1, 1, 1],
  origin: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
} as const;

/** Labels 0, 1 and 2 by voxel, different for each case; without label 2 on request. */
function referenceOf(index: number, withSecond: boolean): Uint8Array {
  return Uint8Array.from({ length: VOXELS }, (_, i) => (i < 4 + index ? 1 : i >= 20 && withSecond ? 2 : 0));
}

export interface MadeModel {
  resultsFolder: string;
  configuration: string;
  trainer?: string;
  /** Voxels whose label is wrongly predicted as background. */
  wrong: readonly number[];
  withSecond?: boolean;
}

/** Makes a model folder as the trainer leaves it: two folds of one case each, with references and probabilities. */
export async function makeModel(made: MadeModel): Promise<string> {
  const { resultsFolder, configuration, trainer = 'nnUNetTrainerV2' } = made;
  const roots = { rawBase: null, preprocessed: null, results: resultsFolder };
  const folder = modelFolder(roots, { configuration, task: TASK, trainer, plans: 'nnUNetPlansv2.1' });
  await mkdir(join(folder, 'gt_niftis'), { recursive: true });
  for (const fold of [0, 1]) await validate(folder, fold, made);
  return folder;
}

/** Predicts the single case of a fold. */
export async function validate(folder: string, fold: number, { wrong, withSecond = true }: MadeModel): Promise<void> {
  const name = `case_${fold}`;
  const base = join(folder, `fold_${fold}`, 'validation_raw', name);
  const reference = referenceOf(fold, withSecond);
  const predicted = reference.map((label, i) => (wrong.includes(i) ? 0 : label));
  // A wrong voxel is uncertain, so that a better model decides in the mean.
  const softmax = new Float32Array(3 * VOXELS);
  for (let i = 0; i < VOXELS; i++) {
    softmax[predicted[i]! * VOXELS + i] = wrong.includes(i) ? 0.5625 : 1;
    if (wrong.includes(i)) softmax[reference[i]! * VOXELS + i]! += 0.4375;
  }
  await mkdir(join(folder, `fold_${fold}`, 'validation_raw'), { recursive: true });
  const references = join(folder, 'gt_niftis', `${name}.nii.gz`);
  await writeLabels(references, reference, geometry);
  await writeLabels(`${base}.nii.gz`, predicted, geometry);
  await writeNpzFile(`${base}.npz`, { softmax: { data: softmax, shape: [3, ...SHAPE], dtype: 'float16' } });
  await writeCaseProperties(`${base}.json`, {
    original_size_of_raw_data: [...SHAPE],
    original_spacing: [1, 1, 1],
    list_of_data_files: [`${name}_0000.nii.gz`],
    seg_file: null,
    itk_origin: [0, 0, 0],
    itk_spacing: [1, 1, 1],
    itk_direction: [...geometry.direction],
    crop_bbox: SHAPE.map((edge): [number, number] => [0, edge]),
    classes: [0, 1, 2],
    size_after_cropping: [...SHAPE],
  });
  const scored = await evaluateFiles({
    pairs: [{ test: `${base}.nii.gz`, reference: references }],
    labels: [0, 1, 2],
    workers: 1,
  });
  await writeSummary(join(folder, `fold_${fold}`, 'validation_raw', 'summary.json'), stampedSummary(scored));
}

/** Deletes stored probabilities. */
export async function forgetSoftmax(folder: string, fold: number): Promise<void> {
  await rm(join(folder, `fold_${fold}`, 'validation_raw', `case_${fold}.npz`));
}
